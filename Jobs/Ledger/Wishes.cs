using System.Data.Common;
using Dapper;

namespace Flow.Jobs.Ledger;

/// <summary>
/// What people want of jobs. A running step is told by its worker within seconds: it writes a checkpoint and lets go; all others change at once,
/// and so do those whose worker is gone.
/// </summary>
public sealed class Wishes(LedgerDatabase database)
{
    /// <summary>Steps that another study still wants are left to it.</summary>
    /// <returns>How many steps it reached.</returns>
    public Task<int> Cancel(StudyJob study, StepJob? step, CancellationToken cancel = default) => Decide(async (connection, transaction) =>
    {
        if (step is null) await connection.ExecuteAsync("update study_steps set active = 0 where study = @Id", study, transaction);
        var which = step is null
            ? "name in (select step from study_steps where study = @study) and name not in (select step from study_steps where active = 1)"
            : "name = @step";
        return await Change(connection, transaction, study, step, which, "cancelled", "cancel", "'waiting', 'ready', 'paused'");
    }, cancel);

    /// <summary>Running steps write a checkpoint and wait, like the others, until they are resumed.</summary>
    public Task<int> Pause(StudyJob study, StepJob? step, CancellationToken cancel = default) => Decide(
        (connection, transaction) => Change(connection, transaction, study, step, Of(step), "paused", "pause", "'waiting', 'ready'"), cancel);

    /// <summary>Paused steps go on from their checkpoints.</summary>
    public Task<int> Resume(StudyJob study, StepJob? step, CancellationToken cancel = default) => Again(study, step, "'paused'", "resumed", cancel);

    /// <summary>Failed and cancelled steps are tried again, from their checkpoints.</summary>
    public Task<int> Retry(StudyJob study, StepJob? step, CancellationToken cancel = default) => Again(study, step, "'failed', 'cancelled'", "retried", cancel);

    async Task<int> Decide(Func<DbConnection, DbTransaction, Task<int>> change, CancellationToken cancel)
    {
        await new Endings(database).Expire(cancel: cancel);
        return await database.Decide(change, cancel);
    }

    Task<int> Again(StudyJob study, StepJob? step, string from, string what, CancellationToken cancel) => Decide(async (connection, transaction) =>
    {
        await connection.ExecuteAsync($"update study_steps set active = 1 where study = @study and {(step is null ? "1 = 1" : "step = @step")}", Names(study, step), transaction);
        await Tell(connection, transaction, study, step, $"{Of(step)} and state in ({from})", what);
        var count = await connection.ExecuteAsync($"""
            update steps set state = 'waiting', faults = 0, not_before_ms = 0, message = null, wanted = null, offered_ms = null
            where {Of(step)} and state in ({from})
            """, Names(study, step), transaction);
        // A pause that its worker has not seen yet is taken back.
        count += await connection.ExecuteAsync($"update steps set wanted = null where {Of(step)} and state = 'running' and wanted is not null", Names(study, step), transaction);
        await connection.ExecuteAsync(Readiness.Promote($"s.{Of(step)}"), Names(study, step), transaction);
        return count;
    }, cancel);

    async Task<int> Change(DbConnection connection, DbTransaction transaction, StudyJob study, StepJob? step, string which, string state, string wanted, string from)
    {
        await Tell(connection, transaction, study, step, $"{which} and state in ({from})", state);
        var idle = await connection.ExecuteAsync(
            $"update steps set state = '{state}', offered_ms = null, finished_ms = {database.Now} where {which} and state in ({from})", Names(study, step), transaction);
        return idle + await connection.ExecuteAsync($"update steps set wanted = '{wanted}' where {which} and state = 'running'", Names(study, step), transaction);
    }

    Task Tell(DbConnection connection, DbTransaction transaction, StudyJob study, StepJob? step, string which, string what) => connection.ExecuteAsync(
        $"insert into events (step, at_ms, attempt, what) select name, {database.Now}, attempt, '{what}' from steps where {which}", Names(study, step), transaction);

    static object Names(StudyJob study, StepJob? step) => new { study = study.Id, step = step?.Name };

    static string Of(StepJob? step) => step is null ? "name in (select step from study_steps where study = @study)" : "name = @step";
}
