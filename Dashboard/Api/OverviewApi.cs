using Flow.Jobs;

namespace Flow.Dashboard.Api;

/// <summary>What the first page shows beside the jobs: the last results, and the machine.</summary>
static class OverviewApi
{
    const int Shown = 10;

    /// <param name="Low">Ends of the 95 % interval; null where the number has none.</param>
    public sealed record LastResult(string Study, string Run, string Step, string Metric, string Unit, string? Task, double Value, double? Low, double? High, DateTime Time);

    public sealed record MachineAnswer(string Host, int Cores, long MemoryBytes, long DiskFreeBytes, string Store);

    public static void Map(RouteGroupBuilder api)
    {
        var overview = api.MapGroup("/overview").WithTags("overview");
        overview.MapGet("/results", LastResults).WithSummary("The newest numbers that were measured on data, one of each run and metric");
        overview.MapGet("/machine", Here).WithSummary("The machine that serves these pages");
    }

    static IEnumerable<LastResult> LastResults(Lab lab, CancellationToken cancel) => lab.Results.Query($"""
        select study, run, step, metric, coalesce(unit, '1'), task, value, low, high, time from results
        where stage not in ('pretrain', 'fine-tune', 'baseline')
        qualify row_number() over (partition by study, run, metric, task order by time desc, sampler_steps desc, ensemble desc) = 1
        order by time desc, study, run, metric limit {Shown}
        """, cancel: cancel).Rows.Select(row => new LastResult(
            (string)row[0]!, (string)row[1]!, (string)row[2]!, (string)row[3]!, (string)row[4]!, (string?)row[5], (double)row[6]!, (double?)row[7], (double?)row[8], (DateTime)row[9]!));

    static MachineAnswer Here(Lab lab) => new(
        Environment.MachineName, Environment.ProcessorCount, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes,
        new DriveInfo(lab.Root).AvailableFreeSpace, lab.Root);
}
