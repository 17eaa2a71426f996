namespace Flow.Jobs;

/// <summary>
/// A step can't be done, and trying again would end the same: a folder without images, a diverged run, points that carry no law.
/// Thrown inside a step; <see cref="RunStep"/> is the one place that catches it. Everything else that is thrown is a fault of the machine
/// or a bug, and is retried.
/// </summary>
public sealed class StepFailure(string message) : Exception(message);
