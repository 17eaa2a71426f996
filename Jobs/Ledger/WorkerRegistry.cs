using Dapper;

namespace Flow.Jobs.Ledger;

/// <summary>Which workers there are. Only for people: whether a step is safe depends on its lease alone.</summary>
public sealed class WorkerRegistry(LedgerDatabase database)
{
    const long KeptMilliseconds = 7L * 24 * 3600 * 1000;

    /// <summary>A heartbeat; the first one registers the worker. Workers that have been gone for a week are forgotten.</summary>
    public Task<int> Beat(WorkerJob worker, CancellationToken cancel = default) => database.Write(async (connection, transaction) =>
    {
        await connection.ExecuteAsync($"delete from workers where beat_ms < {database.Now} - {KeptMilliseconds}", transaction: transaction);
        return await connection.ExecuteAsync($"""
            insert into workers (id, host, pid, queues, devices, started_ms, beat_ms) values (@Id, @Host, @Pid, @Queues, @Devices, {database.Now}, {database.Now})
            on conflict (id) do update set beat_ms = {database.Now}, stopped_ms = null
            """, worker, transaction);
    }, cancel);

    public Task<int> Stopped(string id, CancellationToken cancel = default) => database.Write((connection, transaction) =>
        connection.ExecuteAsync($"update workers set stopped_ms = {database.Now} where id = @id", new { id }, transaction), cancel);
}
