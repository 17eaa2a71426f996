using Dapper;

namespace Flow.Jobs.Ledger;

/// <summary>Which workers there are. Only for people: whether a step is safe depends on its lease alone.</summary>
public sealed class WorkerRegistry(LedgerDatabase database)
{
    const long KeptMilliseconds = 7L * 24 * 3600 * 1000;

    /// <summary>A heartbeat; the first one registers the worker. Workers that have been gone for a week are forgotten.</summary>
    /// <param name="place">What it shares with the workers that can see whether its process lives.</param>
    /// <param name="process">The process's name there.</param>
    public Task<int> Beat(WorkerJob worker, string place, string process, CancellationToken cancel = default) => database.Write(async (connection, transaction) =>
    {
        await connection.ExecuteAsync($"delete from workers where beat_ms < {database.Now} - {KeptMilliseconds}", transaction: transaction);
        return await connection.ExecuteAsync($"""
            insert into workers (id, host, pid, queues, devices, started_ms, beat_ms, place, process)
            values (@Id, @Host, @Pid, @Queues, @Devices, {database.Now}, {database.Now}, @place, @process)
            on conflict (id) do update set beat_ms = {database.Now}, stopped_ms = null
            """, new { worker.Id, worker.Host, worker.Pid, worker.Queues, worker.Devices, place, process }, transaction);
    }, cancel);

    /// <summary>Workers of a place that hold steps, and their processes.</summary>
    public async Task<IReadOnlyList<(string Id, string Process)>> Holding(string place, CancellationToken cancel = default) =>
        [.. await database.Read(connection => connection.QueryAsync<(string, string)>(
            "select id, process from workers w where place = @place and exists (select 1 from steps s where s.worker = w.id and s.state = 'running')", new { place }), cancel)];

    public Task<int> Stopped(string id, CancellationToken cancel = default) => database.Write((connection, transaction) =>
        connection.ExecuteAsync($"update workers set stopped_ms = {database.Now} where id = @id", new { id }, transaction), cancel);
}
