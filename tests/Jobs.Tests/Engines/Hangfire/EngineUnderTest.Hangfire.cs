using System.Globalization;
using Flow.Jobs.Engines.Hangfire;
using Hangfire.Common;

namespace Flow.Jobs.Tests.Engines;

sealed partial class EngineUnderTest
{
    // Hangfire reckons from when a schedule was made what it has missed since: it gets a time of that day, and was made just before.
    partial void MakeDueInHangfire(string schedule, TimeSpan ago)
    {
        var due = DateTime.UtcNow - ago;
        using var connection = new HangfireEngine(store, connectionString).Storage.GetConnection();
        using var change = connection.CreateWriteTransaction();
        change.SetRangeInHash($"recurring-job:{schedule}",
        [
            new("Cron", due.ToString("s m H d M *", CultureInfo.InvariantCulture)),
            new("CreatedAt", JobHelper.SerializeDateTime(due.AddSeconds(-1))),
            new("NextExecution", JobHelper.SerializeDateTime(due)),
        ]);
        change.AddToSet("recurring-jobs", schedule, JobHelper.ToTimestamp(due));
        change.Commit();
    }
}
