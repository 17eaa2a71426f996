using System.Globalization;
using Flow.Domain.Models;
using Flow.Domain.Runs;
using Flow.Storage.Results;
using Flow.Training.Loop;

namespace Flow.Jobs.Steps;

/// <summary>The training curve of a step: collects its rows, shows progress, and publishes to the result store.</summary>
sealed class Curve(StepContext context, TrainSpec train)
{
    const int Smoothed = 50;

    readonly List<StepRow> rows = [];
    readonly Queue<double> recent = new();
    readonly DateTimeOffset started = DateTimeOffset.UtcNow;
    readonly string study = context.Plan.Study.Name;
    readonly string run = context.Plan.Runs.Find(run => run.Steps.Contains(context.Step.Name)).Map(run => run.Run.Label).IfNone("");
    int published;
    double seconds;

    public void Add(StepRow row)
    {
        rows.Add(row);
        seconds = row.Seconds;
        recent.Enqueue(row.Loss.Total);
        if (recent.Count > Smoothed) recent.Dequeue();
        var rate = (row.Step - rows[0].Step + 1) / Math.Max(row.Seconds, 1e-6);
        context.Report(
            row.Step / (double)train.Steps,
            string.Create(CultureInfo.InvariantCulture, $"{rate * train.Batch:0} images/s"),
            TimeSpan.FromSeconds((train.Steps - row.Step) / rate),
            string.Create(CultureInfo.InvariantCulture, $"step {row.Step:N0}, loss {recent.Average():0.0000}"));
    }

    /// <summary>Appends what has come since the last time.</summary>
    public void Publish()
    {
        var time = DateTimeOffset.UtcNow;
        context.Lab.Results.Append(rows.Skip(published).SelectMany(row => Points(row).Select(point => new CurveRow(
            study, run.Length == 0 ? study : run, context.Step.Name.Hex, context.Work.Attempt, row.Step, point.Metric, point.Value, row.Step * train.Batch, time))));
        published = rows.Count;
    }

    /// <summary>The training loss over the last tenth of the steps that this attempt did, and the time they took.</summary>
    public Measurements Measured(ModelSpec model)
    {
        if (rows.Count == 0) return new Measurements(context.Work.Attempt, started, 0, []);
        var last = rows.TakeLast(Math.Max(1, Math.Min(rows.Count, train.Steps / 10))).ToList();
        return new Measurements(context.Work.Attempt, started, seconds,
        [
            new Measurement("train_loss", last.Average(row => row.Loss.Total), Samples: last.Count * train.Batch),
            new Measurement("images_per_second", rows.Count * train.Batch / seconds, "images/s"),
            new Measurement("mfu", 6 * Accounting.ForwardMacs(model) * rows.Count * train.Batch / seconds / Machine.PeakFlops(context.Lab.Threads)),
        ]);
    }

    static IEnumerable<(string Metric, double Value)> Points(StepRow row)
    {
        yield return ("loss", row.Loss.Total);
        if (row.Loss.Vb != 0) yield return ("loss_vb", row.Loss.Vb);
        if (row.Loss.Balance != 0) yield return ("loss_balance", row.Loss.Balance);
        yield return ("lr", row.LearningRate);
        yield return ("grad_norm", row.GradNorm);
        yield return ("images_per_second", row.ImagesPerSecond);
    }
}
