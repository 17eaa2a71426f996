using Flow.Jobs;
using Spectre.Console;

namespace Flow.Cli;

/// <summary>
/// One display of a running study on standard error: what is done, what runs, rate, ETA. On a terminal the running step is redrawn in
/// place; in a file or a pipe it is a line now and then.
/// </summary>
public sealed class StudyDisplay : IProgress<StudyEvent>, IDisposable
{
    static readonly TimeSpan Redraw = TimeSpan.FromMilliseconds(150);
    static readonly TimeSpan PlainLine = TimeSpan.FromSeconds(10);

    readonly IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
    readonly Lock gate = new();
    readonly bool live = !Console.IsErrorRedirected;
    readonly Dictionary<string, StudyEvent.Started> running = [];
    DateTime last = DateTime.MinValue;
    int found;
    bool lineOpen;

    public void Report(StudyEvent happened)
    {
        lock (gate)
            switch (happened)
            {
                case StudyEvent.Found:
                    found++;
                    break;
                case StudyEvent.Started started:
                    Flush();
                    running[started.Step] = started;
                    if (!live) Line(Title(started));
                    last = DateTime.MinValue;
                    break;
                case StudyEvent.Progressed progressed when running.TryGetValue(progressed.Step, out var started):
                    Show(started, progressed);
                    break;
                case StudyEvent.Finished finished when running.Remove(finished.Step, out var started):
                    Line($"{Title(started)}  done in {ProgressLine.Duration(finished.Took)}");
                    break;
                case StudyEvent.Failed failed:
                    Line(running.Remove(failed.Step, out var broken) ? $"{Title(broken)}  FAILED: {failed.Message}" : "FAILED: " + failed.Message);
                    break;
                case StudyEvent.Stopped { Trial: var trial }:
                    Line(FormattableString.Invariant($"    stopped '{trial.Trial}' after {trial.Steps:N0} steps: {trial.Value:0.####}, and {trial.Bar:0.####} was needed to go on"));
                    break;
                case StudyEvent.Noted noted:
                    Line("    " + noted.Text);
                    break;
            }
    }

    public void Dispose()
    {
        lock (gate) Flush();
    }

    void Flush()
    {
        if (found == 0) return;
        Line(found == 1 ? "1 step was already done" : $"{found} steps were already done");
        found = 0;
    }

    void Show(StudyEvent.Started started, StudyEvent.Progressed at)
    {
        var now = DateTime.UtcNow;
        if (now - last < (live ? Redraw : PlainLine)) return;
        last = now;
        var eta = at.Eta is { } left ? $"  {ProgressLine.Duration(left)} left" : "";
        var percent = at.Fraction is { } fraction ? "  " + ProgressLine.Bar(fraction) : "";
        var line = $"{Title(started)}{percent}  {at.Rate}{eta}  {at.Detail}".TrimEnd();
        if (!live)
        {
            Line(line);
            return;
        }
        var width = Math.Max(20, console.Profile.Width - 1);
        Console.Error.Write("\r\e[K" + (line.Length > width ? line[..width] : line));
        lineOpen = true;
    }

    void Line(string text)
    {
        if (lineOpen) Console.Error.Write("\r\e[K");
        lineOpen = false;
        Console.Error.WriteLine(text);
    }

    static string Title(StudyEvent.Started started) => $"[{started.Index}/{started.Total}] {started.Label}";
}
