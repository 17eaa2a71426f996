using Flow.Domain.Sweeps;

namespace Flow.Jobs;

/// <summary>What whoever watches a running study is told; the terminal and the dashboard show the same events.</summary>
public abstract record StudyEvent(string Step)
{
    /// <summary>The step begins; <paramref name="Total"/> counts the steps of this study that weren't there already.</summary>
    public sealed record Started(string Step, string Label, int Index, int Total) : StudyEvent(Step);

    /// <summary>Somewhere inside a step.</summary>
    /// <param name="Fraction">0 to 1, or none while the length is unknown.</param>
    /// <param name="Rate">With its unit: "312 images/s".</param>
    /// <param name="Detail">What a person follows: "loss 0.153".</param>
    /// <param name="OptimizerStep">Of a training, with the loss smoothed over the last steps.</param>
    public sealed record Progressed(
        string Step, double? Fraction, string Rate, TimeSpan? Eta, string Detail, long? OptimizerStep = null, double? Loss = null) : StudyEvent(Step);

    /// <summary>A training has made a step.</summary>
    public sealed record Updated(string Step, TrainingStatus At) : StudyEvent(Step);

    public sealed record Finished(string Step, TimeSpan Took) : StudyEvent(Step);

    /// <summary>The step's directory was already there; nothing ran.</summary>
    public sealed record Found(string Step, string Label) : StudyEvent(Step);

    public sealed record Failed(string Step, string Message) : StudyEvent(Step);

    /// <summary>A trial lost the race of its study.</summary>
    public sealed record Stopped(StoppedTrial Trial) : StudyEvent("");

    /// <summary>Worth a line, but no failure: a skipped image, a retried step.</summary>
    public sealed record Noted(string Step, string Text) : StudyEvent(Step);
}
