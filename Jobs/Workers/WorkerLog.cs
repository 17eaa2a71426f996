using System.Globalization;
using System.Text.Json;

namespace Flow.Jobs.Workers;

/// <summary>What a worker does, one line an event: for people, or as JSON for a collector of logs. Specs and connection strings never appear.</summary>
public sealed class WorkerLog(TextWriter writer, string worker, bool json)
{
    public void Write(string what, string? step = null, string? text = null, double? seconds = null)
    {
        var line = json
            ? JsonSerializer.Serialize(new { time = DateTimeOffset.UtcNow, worker, @event = what, step, text, seconds })
            : string.Create(CultureInfo.InvariantCulture, $"{DateTime.Now:HH:mm:ss}  {what,-12} {Short(step)}  {text}{(seconds is { } took ? $" ({took:0.0} s)" : "")}").TrimEnd();
        try
        {
            lock (writer) writer.WriteLine(line);
        }
        catch (IOException)
        {
            // A full disk under the log costs lines, never the worker.
        }
    }

    static string Short(string? step) => step is null ? "" : step[..Math.Min(12, step.Length)];
}
