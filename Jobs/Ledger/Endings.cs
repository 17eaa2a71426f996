using System.Data.Common;
using Dapper;

namespace Flow.Jobs.Ledger;

/// <summary>How a lease ends. Each asks for the lease's fence: whoever was overtaken changes nothing.</summary>
public sealed class Endings(LedgerDatabase database)
{
    /// <summary>Faults of the machine that a step survives; the waits between its attempts are a second, 8 s, 30 s and a minute.</summary>
    public const int MostFaults = 5;

    static readonly long[] Waits = [1_000, 8_000, 30_000, 60_000];

    /// <summary>The step is in the store; what waited for it alone is ready.</summary>
    /// <returns>How many steps became ready; none when another attempt has the step, or has ended it.</returns>
    public async Task<int?> Done(Lease lease, CancellationToken cancel = default)
    {
        var ready = 0;
        var ended = await End(
            lease, "state = 'done', fraction = 1, eta_seconds = 0, faults = 0, message = null, wanted = null", "done", null,
            async (connection, transaction) => ready = await connection.ExecuteAsync(Readiness.Promote("s.name in (select step from edges where input = @Step)"), lease, transaction),
            cancel);
        return ended ? ready : null;
    }

    /// <summary>Final: another try would end the same.</summary>
    public Task<bool> Failed(Lease lease, string message, CancellationToken cancel = default) =>
        End(lease, "state = 'failed', wanted = null, message = @text", "failed", message, null, cancel);

    /// <summary>The machine failed it: it is tried again after a wait, at most five times.</summary>
    public Task<bool> Fault(Lease lease, string message, CancellationToken cancel = default) => End(lease, $"""
        faults = faults + 1, message = @text, wanted = null, offered_ms = null,
        state = case when wanted = 'cancel' then 'cancelled' when wanted = 'pause' then 'paused' when faults + 1 >= {MostFaults} then 'failed' else 'ready' end,
        not_before_ms = {database.Now} + case faults {string.Join(" ", Waits.Select((wait, n) => $"when {n} then {wait}"))} else {Waits[^1]} end
        """, "fault", message, null, cancel);

    /// <summary>Handed back, with its checkpoint written: cancelled or paused if that was wanted, otherwise for the next worker.</summary>
    public Task<bool> HandedBack(Lease lease, CancellationToken cancel = default) => End(lease, """
        state = case when wanted = 'cancel' then 'cancelled' when wanted = 'pause' then 'paused' else 'ready' end, offered_ms = null, wanted = null
        """, "handed-back", null, null, cancel);

    /// <summary>Takes steps from workers that have been silent for longer than their leases, and from those that are known to be dead.</summary>
    /// <returns>Names of the steps.</returns>
    public Task<IReadOnlyList<string>> Expire(IReadOnlyCollection<string>? dead = null, CancellationToken cancel = default) => database.Decide<IReadOnlyList<string>>(async (connection, transaction) =>
    {
        var lost = (await connection.QueryAsync<(string Name, long Attempt, string? Worker)>(
            $"select name, attempt, worker from steps where state = 'running' and (lease_ms < {database.Now} or {database.In("worker", "dead")})", new { dead = (dead ?? []).ToArray() }, transaction)).AsList();
        foreach (var step in lost)
        {
            await connection.ExecuteAsync("""
                update steps set state = case when wanted = 'cancel' then 'cancelled' when wanted = 'pause' then 'paused' else 'ready' end,
                    wanted = null, worker = null, device = null, offered_ms = null, message = @message, fence = fence + 1
                where name = @Name
                """, new { step.Name, message = $"worker {step.Worker} fell silent; the step goes on elsewhere" }, transaction);
            await Claims.Happened(connection, transaction, step.Name, step.Attempt, step.Worker, "lost", null);
        }
        return [.. lost.Select(step => step.Name)];
    }, cancel);

    Task<bool> End(Lease lease, string changes, string what, string? text, Func<DbConnection, DbTransaction, Task>? then, CancellationToken cancel) => database.Write(async (connection, transaction) =>
    {
        var ended = (await connection.QueryAsync<(string State, string? Worker)>($"""
            update steps set {changes}, device = null, lease_ms = 0, finished_ms = {database.Now}
            where name = @Step and fence = @Fence and state = 'running' returning state, worker
            """, new { lease.Step, lease.Fence, text }, transaction)).AsList();
        if (ended.Count == 0) return false;
        var (state, worker) = ended[0];
        await Claims.Happened(connection, transaction, lease.Step, lease.Attempt, worker, state is "cancelled" or "paused" ? state : what, text);
        if (state is not "done" and not "failed") await connection.ExecuteAsync("update steps set worker = null where name = @Step", lease, transaction);
        if (then is not null) await then(connection, transaction);
        return true;
    }, cancel);
}
