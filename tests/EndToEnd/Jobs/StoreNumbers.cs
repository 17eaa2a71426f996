using System.Text.Json;

namespace Flow.EndToEnd.Jobs;

/// <summary>All numbers of a store that don't depend on the clock, as text: equal texts are equal results, bit for bit.</summary>
static class StoreNumbers
{
    const string Timed = "('images_per_second', 'mfu')";

    /// <summary>Result rows, each once.</summary>
    public static IReadOnlyList<string> Results(JobsProcesses jobs) => Rows(jobs.Flow("query",
        $"select run, step, stage, metric, value, low, high, sampler_steps, ensemble from results where metric not in {Timed} order by all"));

    /// <summary>Points of all training curves, each once.</summary>
    public static IReadOnlyList<string> Curves(JobsProcesses jobs) => Rows(jobs.Flow("query",
        $"select step, optimizer_step, metric, value from curves where metric not in {Timed} order by all"));

    static IReadOnlyList<string> Rows(JsonElement rows) => [.. rows.EnumerateArray().Select(row => row.GetRawText())];
}
