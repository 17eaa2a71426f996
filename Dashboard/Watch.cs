using System.Threading.Channels;
using Flow.Jobs;

namespace Flow.Dashboard;

/// <summary>One line of the live view: where a step stands.</summary>
/// <param name="State">running, done, found or failed.</param>
/// <param name="Fraction">0 to 1 while it is known.</param>
public sealed record StepLine(string Step, string Label, string State, double? Fraction, string Rate, double? EtaSeconds, string Detail);

/// <summary>
/// What everybody who looks is shown: the last state of each step, then every change. A reader that falls behind loses old changes, never
/// the newest, and holds nobody up.
/// </summary>
public sealed class Watch : IProgress<StudyEvent>
{
    readonly Lock gate = new();
    readonly Dictionary<string, StepLine> lines = [];
    readonly List<Channel<StepLine>> readers = [];

    public IReadOnlyList<StepLine> Now()
    {
        lock (gate) return [.. lines.Values];
    }

    /// <summary>The present state, then changes as they come, until cancelled.</summary>
    public async IAsyncEnumerable<StepLine> Follow([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancel)
    {
        var channel = Channel.CreateBounded<StepLine>(new BoundedChannelOptions(1024) { FullMode = BoundedChannelFullMode.DropOldest });
        IReadOnlyList<StepLine> present;
        lock (gate)
        {
            present = [.. lines.Values];
            readers.Add(channel);
        }
        try
        {
            foreach (var line in present) yield return line;
            await foreach (var line in channel.Reader.ReadAllAsync(cancel)) yield return line;
        }
        finally
        {
            lock (gate) readers.Remove(channel);
        }
    }

    public void Report(StudyEvent happened)
    {
        lock (gate)
        {
            var before = lines.GetValueOrDefault(happened.Step) ?? new StepLine(happened.Step, "", "running", null, "", null, "");
            var line = happened switch
            {
                StudyEvent.Found e => before with { Label = e.Label, State = "found", Fraction = 1 },
                StudyEvent.Started e => before with { Label = e.Label, State = "running", Fraction = null, Detail = "" },
                StudyEvent.Progressed e => before with { Fraction = e.Fraction, Rate = e.Rate, EtaSeconds = e.Eta?.TotalSeconds, Detail = e.Detail },
                StudyEvent.Finished => before with { State = "done", Fraction = 1, EtaSeconds = null },
                StudyEvent.Failed e => before with { State = "failed", Detail = e.Message, EtaSeconds = null },
                StudyEvent.Noted e => before with { Detail = e.Text },
                _ => before,
            };
            lines[happened.Step] = line;
            foreach (var reader in readers) reader.Writer.TryWrite(line);
        }
    }
}
