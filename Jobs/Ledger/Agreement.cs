using Dapper;
using Flow.Domain.Planning;
using Flow.Domain.Sweeps;

namespace Flow.Jobs.Ledger;

/// <summary>
/// Makes the ledger agree with what is there: the store's finished steps, the engine's queues, the judgement of races. Every worker may do it
/// at any time, several at once; what agrees already is left alone.
/// </summary>
public sealed class Agreement(LedgerDatabase database, Lab lab)
{
    /// <summary>Steps that somebody else finished (`flow run`, or a worker that died between finishing and saying so) are done; done steps whose directory is gone are wanted again.</summary>
    /// <returns>How many rows were wrong.</returns>
    public async Task<int> WithStore(CancellationToken cancel = default)
    {
        var rows = await database.Read(connection => connection.QueryAsync<(string Name, string Study, string State)>(
            "select name, study, state from steps where state in ('waiting', 'ready', 'failed', 'paused', 'done')"), cancel);
        var wrong = rows.Where(row => lab.Steps.Exists(row.Name) != (row.State == "done")).ToList();
        foreach (var row in wrong.Where(row => row.State != "done")) Publish(row.Study, row.Name);
        if (wrong.Count > 0)
            await database.Decide(async (connection, transaction) =>
            {
                foreach (var (name, _, state) in wrong)
                {
                    var now = state == "done" ? "waiting" : "done";
                    if (await connection.ExecuteAsync(
                        $"update steps set state = @now, message = null, offered_ms = null, finished_ms = {database.Now}, fraction = case when @now = 'done' then 1.0 end where name = @name and state = @state",
                        new { now, name, state }, transaction) > 0)
                        await Claims.Happened(connection, transaction, name, 0, null, now == "done" ? "found" : "gone", null);
                }
                return 0;
            }, cancel);
        await database.Decide((connection, transaction) => connection.ExecuteAsync(Readiness.Promote("1 = 1"), transaction: transaction), cancel);
        return wrong.Count;
    }

    /// <summary>Steps that were offered a while ago, and wait.</summary>
    public async Task<IReadOnlyList<Offer>> Offered(TimeSpan ago, CancellationToken cancel = default) =>
        [.. (await database.Read(connection => connection.QueryAsync<(string Name, string Need, long Priority)>(
            $"select name, need, priority from steps where state = 'ready' and offered_ms < {database.Now} - @ago", new { ago = (long)ago.TotalMilliseconds }), cancel))
            .Select(row => new Offer(row.Name, Enum.Parse<Need>(row.Need, ignoreCase: true), (Priority)row.Priority))];

    /// <summary>Of these names, those that no worker should be given: unknown, ended, or not wanted now.</summary>
    public async Task<IReadOnlyList<string>> Unwanted(IReadOnlyCollection<string> names, CancellationToken cancel = default)
    {
        if (names.Count == 0) return [];
        var wanted = await database.Read(connection => connection.QueryAsync<string>("select name from steps where state in ('ready', 'running')"), cancel);
        return [.. names.Except(wanted)];
    }

    /// <summary>Judges the races that the end of a step can decide, of whatever studies contain it.</summary>
    /// <returns>How many steps became ready.</returns>
    public Task<int> JudgeAfter(string step, CancellationToken cancel = default) =>
        Judge("select distinct s.study from steps s join study_steps m on m.study = s.study and m.step = @step where s.held = 1", step, cancel);

    /// <summary>Judges all races: one that nobody judged, because its worker died, must not wait for ever.</summary>
    public Task<int> Judge(CancellationToken cancel = default) => Judge("select distinct study from steps where held = 1", null, cancel);

    async Task<int> Judge(string racing, string? step, CancellationToken cancel)
    {
        var ready = 0;
        foreach (var study in await database.Read(connection => connection.QueryAsync<string>(racing, new { step }), cancel)) ready += await JudgeStudy(study, cancel);
        return ready;
    }

    /// <summary>Lets the winners of a study's races go on, and stops the losers.</summary>
    async Task<int> JudgeStudy(string study, CancellationToken cancel)
    {
        if (RecordedStudies.Find(lab.Root, study) is not { } recorded || recorded.Plan.Study.Spec.Halving.IsNone) return 0;
        var failed = await database.Read(connection => connection.QueryAsync<string>(
            "select s.name from steps s join study_steps m on m.step = s.name where m.study = @study and s.state = 'failed'", new { study }), cancel);
        var (waiting, skipped) = Halving.Held(recorded.Plan, StudyRace.Rows(lab, recorded.Plan, failed.Select(name => new StepId(name))));
        return await database.Decide(async (connection, transaction) =>
        {
            var (held, stopped) = (Names(waiting), Names(skipped));
            await connection.ExecuteAsync(
                $"update steps set held = 0 where held = 1 and study = @study and not ({database.In("name", "held")})", new { study, held }, transaction);
            await connection.ExecuteAsync($"""
                update steps set state = 'stopped', message = 'its trial lost the race; the rows that it has are kept', finished_ms = {database.Now}
                where study = @study and state in ('waiting', 'ready', 'paused') and {database.In("name", "stopped")}
                """, new { study, stopped }, transaction);
            // A training that diverged is out of the race, not in its way: what it said is kept.
            await connection.ExecuteAsync($"update steps set state = 'stopped' where study = @study and state = 'failed' and {database.In("name", "stopped")}", new { study, stopped }, transaction);
            return await connection.ExecuteAsync(Readiness.Promote("s.study = @study"), new { study }, transaction);
        }, cancel);
    }

    void Publish(string study, string step)
    {
        if (RecordedStudies.Find(lab.Root, study) is { } recorded)
            foreach (var planned in recorded.Plan.Steps.Filter(planned => planned.Name.Hex == step)) PublishRows.Of(lab, recorded.Plan, planned);
    }

    static string[] Names(LanguageExt.Seq<StepId> steps) => [.. steps.Map(step => step.Hex)];
}
