namespace Flow.Storage.Steps;

/// <summary>This attempt at a step has been overtaken and may write no more. Not a failure of the step: whoever overtook it owns it now.</summary>
public sealed class StaleAttemptException(string step, long attempt, string because)
    : InvalidOperationException($"attempt {attempt} at step {step} is void: {because}");
