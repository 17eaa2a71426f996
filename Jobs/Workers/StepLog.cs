using System.Text.Json;

namespace Flow.Jobs.Workers;

/// <summary>
/// What a step said, as <c>logs/STEP.jsonl</c> of the store: one object a line with time, worker, attempt, event and text. A disk that is full
/// costs lines, never the step.
/// </summary>
public sealed class StepLog(string store, string step, string worker, long attempt)
{
    readonly string path = PathOf(store, step);

    public static string PathOf(string store, string step) => Path.Combine(store, "logs", $"{step}.jsonl");

    public void Write(string what, string? text = null)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.AppendAllText(path, JsonSerializer.Serialize(new { time = DateTimeOffset.UtcNow, worker, attempt, @event = what, text }) + "\n");
        }
        catch (IOException)
        {
        }
    }
}
