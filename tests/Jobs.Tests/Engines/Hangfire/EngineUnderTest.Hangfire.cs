using Flow.Jobs.Engines.Hangfire;
using Hangfire.Common;

namespace Flow.Jobs.Tests.Engines;

sealed partial class EngineUnderTest
{
    partial void MakeDueInHangfire(string schedule, TimeSpan ago)
    {
        var due = DateTime.UtcNow - ago;
        using var connection = new HangfireEngine(store, connectionString).Storage.GetConnection();
        using var change = connection.CreateWriteTransaction();
        change.SetRangeInHash($"recurring-job:{schedule}", [new("NextExecution", JobHelper.SerializeDateTime(due))]);
        change.AddToSet("recurring-jobs", schedule, JobHelper.ToTimestamp(due));
        change.Commit();
    }
}
