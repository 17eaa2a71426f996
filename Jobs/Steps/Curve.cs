using System.Globalization;
using Flow.Domain.Models;
using Flow.Domain.Runs;
using Flow.Storage.Results;
using Flow.Training.Loop;
using Flow.Training.Metrics;

namespace Flow.Jobs.Steps;

/// <summary>The training curve of a step: collects its rows, shows progress, and publishes to the result store.</summary>
/// <param name="peakFlops">Of all devices together, FLOP/s.</param>
sealed class Curve(StepContext context, ModelSpec model, TrainSpec train, double peakFlops) : IDisposable
{
    const int Beginning = 20;

    // Only those that are not published yet: a long training must not grow.
    readonly List<StepRow> rows = [];
    readonly RecentSteps recent = new(train.Steps);
    readonly DateTimeOffset started = DateTimeOffset.UtcNow;
    readonly string study = context.Plan.Study.Name;
    readonly string run = context.Plan.Runs.Find(run => run.Steps.Contains(context.Step.Name)).Map(run => run.Run.Label).IfNone("");
    readonly CurveTail tail = new(context.Directory);
    long made;
    double seconds;

    public void Add(StepRow row)
    {
        rows.Add(row);
        made++;
        tail.Add(row.Step, Points(row));
        seconds = row.Seconds;
        recent.Add(row);
        context.Progress.Report(new StudyEvent.Updated(context.Step.Name.Hex, recent.Status));
        context.Report(
            row.Step / (double)train.Steps,
            string.Create(CultureInfo.InvariantCulture, $"{recent.StepsPerSecond * train.Batch:0} images/s"),
            recent.Eta,
            string.Create(CultureInfo.InvariantCulture, $"step {row.Step:N0}, loss {recent.Loss:0.0000}"),
            row.Step,
            recent.Loss);
    }

    /// <summary>Appends what has come since the last time.</summary>
    public void Publish()
    {
        var time = DateTimeOffset.UtcNow;
        context.Lab.Results.Append(rows.SelectMany(row => Points(row).Select(point => new CurveRow(
            study, run.Length == 0 ? study : run, context.Step.Name.Hex, context.Work.Attempt, row.Step, point.Metric, point.Value, row.Step * train.Batch, time))));
        rows.Clear();
        tail.Clear();
    }

    public void Dispose() => tail.Dispose();

    /// <summary>
    /// The training loss at the beginning and over the last tenth of the steps, from the published curve, so that a run which was killed and
    /// resumed reports what an undisturbed one does; and how fast this attempt was.
    /// </summary>
    public Measurements Measured()
    {
        var losses = Losses();
        var last = losses.Where(row => row.Step > train.Steps - Math.Max(1, train.Steps / 10)).Select(row => row.Loss).ToList();
        var values = new List<Measurement>();
        if (last.Count > 0) values.Add(Mean("train_loss", last));
        if (losses.Count >= Beginning && losses[0].Step == 1) values.Add(Mean("train_loss_first_20_steps", losses.Take(Beginning).Select(row => row.Loss).ToList()));
        if (made > 0)
        {
            var rate = made * train.Batch / seconds;
            values.Add(new Measurement("images_per_second", rate, "images/s"));
            values.Add(new Measurement("mfu", 6 * Accounting.ForwardMacs(model) * rate / peakFlops));
        }
        return new Measurements(context.Work.Attempt, started, seconds, values);
    }

    Measurement Mean(string metric, List<double> losses)
    {
        var mean = SampleMean.Of(losses, train.Seed);
        return new Measurement(metric, mean.Value, "1", mean.Low, mean.High, Samples: losses.Count * train.Batch);
    }

    List<(long Step, double Loss)> Losses() =>
    [
        .. context.Lab.Results.Query($"select optimizer_step, value from curves where step = '{context.Step.Name.Hex}' and metric = 'loss' order by optimizer_step")
            .Rows.Select(row => (Convert.ToInt64(row[0]!, CultureInfo.InvariantCulture), (double)row[1]!)),
    ];

    IEnumerable<(string Metric, double Value)> Points(StepRow row)
    {
        yield return ("loss", row.Loss.Total);
        if (row.Loss.Vb != 0) yield return ("loss_vb", row.Loss.Vb);
        if (row.Loss.Balance != 0) yield return ("loss_balance", row.Loss.Balance);
        foreach (var (label, loss) in row.LossByTask) yield return ($"loss_{TaskLabels.Named(model, label)}", loss);
        yield return ("lr", row.LearningRate);
        yield return ("grad_norm", row.GradNorm);
        yield return ("images_per_second", row.ImagesPerSecond);
        yield return ("tokens_per_second", row.TokensPerSecond);
        yield return ("train_macs", row.Macs);
        if (double.IsFinite(row.Mfu)) yield return ("mfu", row.Mfu);
        yield return ("memory_bytes", row.MemoryBytes);
        yield return ("peak_memory_bytes", row.PeakMemoryBytes);
        if (row.Experts is not { } experts) yield break;
        yield return ("expert_load_least", experts.Least);
        yield return ("expert_load_most", experts.Most);
    }
}
