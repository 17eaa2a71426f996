using System.Text.Json;

namespace Flow.Jobs.Views;

/// <summary>One line of a step's log.</summary>
/// <param name="Event">What kind of thing happened: began, noted, failed, ...</param>
public sealed record LogLine(DateTimeOffset? Time, long? Attempt, string? Worker, string Event, string Text);

/// <summary>What a step's attempts wrote into the store: <c>logs/STEP.jsonl</c>.</summary>
public static class LogView
{
    /// <param name="last">Only so many lines from the end.</param>
    public static IReadOnlyList<LogLine> Of(Lab lab, string step, int last)
    {
        var path = StepLog.PathOf(lab.Root, step);
        return File.Exists(path) ? [.. File.ReadLines(path).TakeLast(last).Select(Read).OfType<LogLine>()] : [];
    }

    /// <summary>Null for a line that is being written.</summary>
    static LogLine? Read(string line)
    {
        try
        {
            return JsonSerializer.Deserialize<LogLine>(line, JsonSerializerOptions.Web);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
