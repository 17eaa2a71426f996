using Flow.Training.Loop;

namespace Flow.Jobs.Steps;

/// <summary>The last steps of a training, for what a person follows: a single step's loss and rates jump.</summary>
/// <param name="steps">Of the whole training.</param>
sealed class RecentSteps(long steps)
{
    const int Window = 50;

    readonly Queue<StepRow> rows = new();
    long firstStep = -1;

    public void Add(StepRow row)
    {
        if (firstStep < 0) firstStep = row.Step;
        rows.Enqueue(row);
        if (rows.Count > Window) rows.Dequeue();
    }

    public double Loss => rows.Average(row => row.Loss.Total);

    /// <summary>Since this process began to train.</summary>
    public double StepsPerSecond => (Last.Step - firstStep + 1) / Math.Max(Last.Seconds, 1e-6);

    public TimeSpan Eta => TimeSpan.FromSeconds((steps - Last.Step) / StepsPerSecond);

    public TrainingStatus Status => new(
        Last.Step, steps, Loss, Last.LearningRate, Last.GradNorm, OverTime(row => row.ImagesPerSecond), OverTime(row => row.TokensPerSecond), Last.Macs,
        OverTime(row => row.Mfu), Last.MemoryBytes, Last.PeakMemoryBytes, Eta);

    StepRow Last => rows.Last();

    /// <summary>Rates of equal steps average as their times do.</summary>
    double OverTime(Func<StepRow, double> rate) => rows.Count / rows.Sum(row => 1 / rate(row));
}
