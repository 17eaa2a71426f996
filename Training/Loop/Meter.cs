using System.Diagnostics;
using Flow.Domain.Models;

namespace Flow.Training.Loop;

/// <summary>Turns what a step did into its row: rates, compute done, utilisation, memory.</summary>
sealed class Meter(TrainingRun run)
{
    readonly double macsPerImage = 3 * Accounting.ForwardMacs(run.Model);
    readonly Stopwatch sinceStart = Stopwatch.StartNew();
    readonly Process process = Process.GetCurrentProcess();
    TimeSpan last = TimeSpan.Zero;

    /// <summary>The row of the update just made; the time since the last call counts as its duration.</summary>
    public StepRow Row(long step, StepLoss loss, double learningRate, double gradNorm)
    {
        var now = sinceStart.Elapsed;
        var imagesPerSecond = run.Train.Batch / (now - last).TotalSeconds;
        last = now;
        process.Refresh();
        return new StepRow(
            step,
            loss.Parts,
            learningRate,
            gradNorm,
            imagesPerSecond,
            imagesPerSecond * run.Model.Tokens,
            step * (double)run.Train.Batch * macsPerImage,
            run.PeakFlops.Match(peak => 2 * macsPerImage * imagesPerSecond / peak, () => double.NaN),
            process.WorkingSet64,
            process.PeakWorkingSet64,
            now.TotalSeconds,
            loss.ByTask,
            loss.Experts);
    }
}
