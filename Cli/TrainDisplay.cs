using System.Globalization;
using Flow.Jobs;

namespace Flow.Cli;

/// <summary>
/// The display of `flow train` on standard error. On a terminal the training is a block of three lines that is redrawn in place; in a file
/// or a pipe it is one line now and then. All that is no training is shown as `flow run` shows it.
/// </summary>
public sealed class TrainDisplay : IProgress<StudyEvent>, IDisposable
{
    static readonly TimeSpan Redraw = TimeSpan.FromMilliseconds(200);
    static readonly TimeSpan PlainLine = TimeSpan.FromSeconds(5);

    readonly StudyDisplay others = new();
    readonly Lock gate = new();
    readonly bool live = !Console.IsErrorRedirected;
    readonly HashSet<string> training = [];
    DateTime last = DateTime.MinValue;
    int drawn;

    public void Report(StudyEvent happened)
    {
        lock (gate)
            switch (happened)
            {
                case StudyEvent.Updated { At: var at } updated:
                    if (training.Add(updated.Step)) last = DateTime.MinValue;
                    Show(at);
                    break;
                case StudyEvent.Progressed progressed when training.Contains(progressed.Step):
                    break;
                default:
                    Erase();
                    others.Report(happened);
                    break;
            }
    }

    public void Dispose()
    {
        lock (gate)
        {
            if (drawn > 0) Console.Error.WriteLine();
            drawn = 0;
            others.Dispose();
        }
    }

    void Show(TrainingStatus at)
    {
        var now = DateTime.UtcNow;
        if (at.Step < at.Steps && now - last < (live ? Redraw : PlainLine)) return;
        last = now;
        if (!live)
        {
            Console.Error.WriteLine(string.Join("  ", Lines(at)));
            return;
        }
        Erase();
        var lines = Lines(at);
        Console.Error.Write(string.Join('\n', lines));
        drawn = lines.Length;
    }

    void Erase()
    {
        if (drawn == 0) return;
        Console.Error.Write("\r\e[K" + string.Concat(Enumerable.Repeat("\e[1A\e[K", drawn - 1)));
        drawn = 0;
    }

    /// <summary>Short enough for 80 columns.</summary>
    static string[] Lines(TrainingStatus at) =>
    [
        string.Create(CultureInfo.InvariantCulture, $"step {at.Step:N0} of {at.Steps:N0}  {ProgressLine.Bar(at.Step / (double)at.Steps)}  {ProgressLine.Duration(at.Eta)} left"),
        string.Create(CultureInfo.InvariantCulture, $"loss {at.Loss:0.0000}  lr {at.LearningRate:0.00e+0}  grad norm {at.GradNorm:0.000}  memory {Quantity.Of(at.MemoryBytes, "B")} (peak {Quantity.Of(at.PeakMemoryBytes, "B")})"),
        string.Create(CultureInfo.InvariantCulture, $"{at.ImagesPerSecond:0.0} images/s  {Quantity.Of(at.TokensPerSecond, "tokens/s")}  {Quantity.Of(at.Macs, "MACs")} done  MFU {100 * at.Mfu:0.0} %"),
    ];
}
