using System.Text.Json;

namespace Flow.EndToEnd.Jobs;

/// <summary>All numbers of a store that don't depend on the clock or the process, as text: equal texts are equal results, bit for bit.</summary>
static class StoreNumbers
{
    // What depends on the clock, or on the process that it was measured in.
    const string Timed = "('images_per_second', 'tokens_per_second', 'mfu', 'memory_bytes', 'peak_memory_bytes')";

    /// <summary>Result rows, each once.</summary>
    public static IReadOnlyList<string> Results(JobsProcesses jobs) => Rows(jobs.Flow("query",
        $"select run, step, stage, metric, value, low, high, sampler_steps, ensemble from results where metric not in {Timed} order by all"));

    /// <summary>Points of all training curves, each once.</summary>
    public static IReadOnlyList<string> Curves(JobsProcesses jobs) => Rows(jobs.Flow("query",
        $"select step, optimizer_step, metric, value from curves where metric not in {Timed} order by all"));

    static IReadOnlyList<string> Rows(JsonElement rows) => [.. rows.EnumerateArray().Select(row => row.GetRawText())];
}
