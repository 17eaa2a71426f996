using System.Data.Common;
using Dapper;

namespace Flow.Jobs.Ledger;

/// <summary>A step to be offered to an engine's queue.</summary>
public sealed record Offer(string Name, Need Need, Priority Priority);

/// <summary>
/// Who may run a step, decided here and nowhere else: an engine may deliver a step twice or late, to a worker that slept or to two at
/// once, and still one of them holds the lease. Every change is one transaction; each can be repeated after a lost connection.
/// </summary>
public sealed class Claims(LedgerDatabase database)
{
    /// <summary>The trainings of a study that count against its limit: started, or on their way to a worker.</summary>
    const string Racing = "o.study = t.id and o.need = 'gpu' and (o.state = 'running' or (o.state = 'ready' and o.offered_ms is not null))";

    /// <summary>So many steps of each queue and urgency are in the engine at once; the rest wait here, where the next costliest is always known.</summary>
    public const int Window = 256;

    static readonly (Need Need, Priority Priority)[] queues =
        [.. from need in Enum.GetValues<Need>() from priority in Enum.GetValues<Priority>().OrderDescending() select (need, priority)];

    /// <summary>Ready steps that no queue has yet, the most urgent and then the costliest first; from now on they count as offered.</summary>
    public Task<IReadOnlyList<Offer>> Offer(CancellationToken cancel = default) => database.Decide<IReadOnlyList<Offer>>(async (connection, transaction) =>
    {
        var offered = (await connection.QueryAsync<(string Need, long Priority, long Count)>(
            "select need, priority, count(*) from steps where state = 'ready' and offered_ms is not null group by need, priority", transaction: transaction))
            .ToDictionary(queue => (queue.Need, queue.Priority), queue => queue.Count);
        var room = (await connection.QueryAsync<(string Id, long Room)>(
            $"select t.id, t.max_parallel - (select count(*) from steps o where {Racing}) from studies t where t.max_parallel is not null", transaction: transaction))
            .ToDictionary(study => study.Id, study => study.Room);
        var offers = new List<Offer>();
        foreach (var (need, priority) in queues)
        {
            // What is urgent must not wait for room among what isn't.
            var most = Window - offered.GetValueOrDefault((Word(need), (long)priority));
            // Half a window at a time: a statement for every step that ends would cost more than the step's own.
            if (most < Window / 2) continue;
            var full = room.Where(study => study.Value <= 0 && need == Need.Gpu).Select(study => study.Key).ToArray();
            var ready = await connection.QueryAsync<(string Name, string Study)>($"""
                select name, study from steps
                where state = 'ready' and offered_ms is null and need = @need and priority = @priority and not_before_ms <= {database.Now} and not ({database.In("study", "full")})
                order by macs desc, name limit @most
                """, new { need = Word(need), priority = (long)priority, full, most }, transaction);
            offers.AddRange(ready.Where(step => need == Need.Cpu || Takes(room, step.Study)).Select(step => new Offer(step.Name, need, priority)));
        }
        if (offers.Count > 0)
            await connection.ExecuteAsync($"update steps set offered_ms = {database.Now} where {database.In("name", "names")}", new { names = offers.Select(offer => offer.Name).ToArray() }, transaction);
        return offers;
    }, cancel);

    /// <summary>These are no longer in a queue: offer them again.</summary>
    public Task<int> Withdraw(IReadOnlyCollection<string> names, CancellationToken cancel = default) => database.Write((connection, transaction) =>
        connection.ExecuteAsync($"update steps set offered_ms = null where state = 'ready' and {database.In("name", "names")}", new { names = names.ToArray() }, transaction), cancel);

    /// <summary>The lease of a ready step, or none: somebody else has it, it isn't wanted any more, or its device or its study's limit is taken.</summary>
    /// <param name="device">A name that is the same for all workers that could use the device.</param>
    public Task<Lease?> Claim(string name, string worker, string device, CancellationToken cancel = default) => database.Decide(async (connection, transaction) =>
    {
        // Fences continue the numbers of attempts that were made without a ledger, which are milliseconds too.
        var lease = await connection.QuerySingleOrDefaultAsync<LeaseRow>($"""
            update steps as s set state = 'running', worker = @worker, device = @device, lease_ms = {database.Now} + {Lease.Milliseconds},
                fence = case when s.fence < {database.Now} then {database.Now} else s.fence + 1 end, attempt = s.attempt + 1,
                started_ms = {database.Now}, progressed_ms = null, finished_ms = null, wanted = null, offered_ms = null,
                fraction = null, rate = null, eta_seconds = null, detail = null, optimizer_step = null, loss = null
            where s.name = @name and s.state = 'ready'
                and not exists (select 1 from steps o where o.device = @device and o.state = 'running' and o.lease_ms > {database.Now})
                and not exists (select 1 from studies t where t.id = s.study and s.need = 'gpu' and t.max_parallel <=
                    (select count(*) from steps o where o.study = t.id and o.need = 'gpu' and o.state = 'running'))
            returning name as step, study, label, kind, fence, attempt
            """, new { name, worker, device }, transaction);
        if (lease is null)
        {
            await connection.ExecuteAsync("update steps set offered_ms = null where name = @name and state = 'ready'", new { name }, transaction);
            return null;
        }
        await Happened(connection, transaction, name, lease.Attempt, worker, "started", device);
        return new Lease(lease.Step, lease.Study, lease.Label, lease.Kind, lease.Fence, lease.Attempt);
    }, cancel);

    /// <summary>Prolongs a lease and tells where the step stands.</summary>
    /// <returns>Whether the lease is still held, and what a person wants of the step: cancel, pause or nothing.</returns>
    public Task<(bool Held, string? Wanted)> Renew(Lease lease, StepProgress? progress, CancellationToken cancel = default) => database.Write(async (connection, transaction) =>
    {
        var rows = (await connection.QueryAsync<string?>($"""
            update steps set lease_ms = {database.Now} + {Lease.Milliseconds}{(progress is null ? "" : $"""
                , fraction = @Fraction, rate = @Rate, eta_seconds = @EtaSeconds, detail = @Detail, optimizer_step = @OptimizerStep, loss = @Loss,
                progressed_ms = {database.Now}
                """)}
            where name = @Step and fence = @Fence and state = 'running' returning coalesce(wanted, '')
            """, Parameters(lease, progress), transaction)).AsList();
        return (rows.Count == 1, rows is [{ Length: > 0 } wanted] ? wanted : null);
    }, cancel);

    /// <summary>Whether the step may be made final now: the lease is held and has not run out. It is prolonged, so that the answer stays true.</summary>
    public Task<bool> MayCommit(Lease lease, CancellationToken cancel = default) => database.Write(async (connection, transaction) =>
        await connection.ExecuteAsync($"""
            update steps set lease_ms = {database.Now} + {Lease.Milliseconds}
            where name = @Step and fence = @Fence and state = 'running' and lease_ms > {database.Now}
            """, lease, transaction) == 1, cancel);

    /// <summary>Takes one of the places that a limited study has left.</summary>
    static bool Takes(Dictionary<string, long> room, string study) => !room.TryGetValue(study, out var left) || (room[study] = left - 1) >= 0;

    static string Word(Need need) => need.ToString().ToLowerInvariant();

    static DynamicParameters Parameters(Lease lease, StepProgress? progress)
    {
        var parameters = new DynamicParameters(lease);
        if (progress is not null) parameters.AddDynamicParams(progress);
        return parameters;
    }

    internal static Task Happened(DbConnection connection, DbTransaction transaction, string step, long attempt, string? worker, string what, string? text) =>
        connection.ExecuteAsync($"insert into events (step, at_ms, attempt, worker, what, text) values (@step, {NowOf(connection)}, @attempt, @worker, @what, @text)", new { step, attempt, worker, what, text }, transaction);

    static string NowOf(DbConnection connection) => LedgerDatabase.NowSql(connection is Npgsql.NpgsqlConnection);

    sealed record LeaseRow
    {
        public string Step { get; init; } = "";

        public string Study { get; init; } = "";

        public string Label { get; init; } = "";

        public string Kind { get; init; } = "";

        public long Fence { get; init; }

        public long Attempt { get; init; }
    }
}
