using Dapper;
using Flow.Domain;

namespace Flow.Jobs.Ledger;

/// <summary>The reading side of the ledger: what the terminal and the dashboard show. Nothing here changes anything.</summary>
public sealed class JobView(LedgerDatabase database)
{
    const string StepColumns = """
        s.name, s.study, s.label, s.kind, s.need, s.state, s.attempt, s.faults, s.fence, s.worker, s.device, s.lease_ms, s.wanted, s.fraction,
        s.rate, s.eta_seconds, s.detail, s.optimizer_step, s.loss, s.message, s.macs, s.started_ms, s.progressed_ms, s.finished_ms
        """;

    /// <summary>
    /// The steps as they truly stand: one whose lease has run out runs no more, and is free for the next worker, even while there is none
    /// that could write it down.
    /// </summary>
    string StepsNow => $"""
        (select name, study, label, kind, need, attempt, faults, fence, worker, device, lease_ms, wanted, fraction, rate, eta_seconds, detail, optimizer_step, loss,
                macs, started_ms, progressed_ms, finished_ms, case when {Silent} then 'ready' else state end as state,
                case when {Silent} then 'worker ' || worker || ' fell silent; the step goes on with the next one' else message end as message
         from steps)
        """;

    string Silent => $"state = 'running' and lease_ms < {database.Now}";

    /// <summary>All studies, the latest submitted first.</summary>
    public Task<IReadOnlyList<StudyJob>> Studies(CancellationToken cancel = default) => Rows<StudyJob>($"""
        select t.id, t.name, t.priority, t.max_parallel, t.submitted_ms, t.requested_by, count(*) as total,
               {string.Join(", ", Enum.GetNames<JobState>().Select(state => $"sum(case when s.state = '{state.ToLowerInvariant()}' then 1 else 0 end) as {state.ToLowerInvariant()}"))},
               sum(s.macs) as macs, sum(case when s.state = 'done' then s.macs else s.macs * coalesce(s.fraction, 0) end) as macs_done
        from studies t join study_steps m on m.study = t.id join {StepsNow} s on s.name = m.step
        group by t.id, t.name, t.priority, t.max_parallel, t.submitted_ms, t.requested_by order by t.submitted_ms desc
        """, null, cancel);

    /// <summary>Steps in the order of their plans.</summary>
    /// <param name="study">Identity of one study; none for the steps of all.</param>
    /// <param name="states">None for all states.</param>
    public Task<IReadOnlyList<StepJob>> Steps(string? study = null, IReadOnlyCollection<JobState>? states = null, int most = 20_000, CancellationToken cancel = default) =>
        Rows<StepJob>($"""
            select {StepColumns} from {StepsNow} s join study_steps m on m.step = s.name and m.study = {(study is null ? "s.study" : "@study")}
            {(states is null ? "" : $"where s.state in ({string.Join(", ", states.Select(state => $"'{state.ToString().ToLowerInvariant()}'"))})")}
            order by m.study, m.position limit @most
            """, new { study, most }, cancel);

    /// <summary>One step by its name, or none.</summary>
    public async Task<StepJob?> Step(string name, CancellationToken cancel = default) =>
        (await Rows<StepJob>($"select {StepColumns} from {StepsNow} s where s.name = @name", new { name }, cancel)) is [var found, ..] ? found : null;

    /// <summary>What happened to a step, the oldest first.</summary>
    public Task<IReadOnlyList<StepEvent>> Events(string step, CancellationToken cancel = default) =>
        Rows<StepEvent>("select id, step, at_ms, attempt, worker, what, text from events where step = @step order by id", new { step }, cancel);

    /// <summary>What happened to any step after an event, the oldest first: a reader that keeps the last id misses nothing.</summary>
    public Task<IReadOnlyList<StepEvent>> EventsAfter(long id, int most = 1000, CancellationToken cancel = default) =>
        Rows<StepEvent>("select id, step, at_ms, attempt, worker, what, text from events where id > @id order by id limit @most", new { id, most }, cancel);

    /// <summary>Workers, those that live first.</summary>
    public Task<IReadOnlyList<WorkerJob>> Workers(CancellationToken cancel = default) => Rows<WorkerJob>($"""
        select w.id, w.host, w.pid, w.queues, w.devices, w.started_ms, w.beat_ms, w.stopped_ms,
               case when w.stopped_ms is not null then 'stopped' when w.beat_ms < {database.Now} - {Lease.Milliseconds} then 'silent' else 'alive' end as state,
               (select count(*) from {StepsNow} s where s.worker = w.id and s.state = 'running') as running
        from workers w order by w.stopped_ms is not null, w.started_ms desc
        """, null, cancel);

    /// <summary>
    /// What a person named: a study by its name (the latest submitted) or the first digits of its identity, or a step by the first digits of its name.
    /// </summary>
    /// <returns>The identity of a study and no step, or of a step's study and the step.</returns>
    /// <exception cref="BadInputException">Nothing is called so, or several things.</exception>
    public async Task<(StudyJob Study, StepJob? Step)> Find(string named, CancellationToken cancel = default)
    {
        var studies = await Studies(cancel);
        var study = studies.FirstOrDefault(study => study.Name == named || study.Id == named);
        if (study is not null) return (study, null);
        if (named.Length >= 4 && named.All(char.IsAsciiHexDigitLower))
        {
            var byId = studies.Where(study => study.Id.StartsWith(named, StringComparison.Ordinal)).ToList();
            if (byId.Count == 1) return (byId[0], null);
            var steps = await Rows<StepJob>($"select {StepColumns} from {StepsNow} s where s.name like @prefix limit 2", new { prefix = named + "%" }, cancel);
            if (steps.Count == 1) return (studies.First(study => study.Id == steps[0].Study), steps[0]);
            if (steps.Count > 1 || byId.Count > 1) throw new BadInputException($"'{named}' begins several names: give more digits");
        }
        throw new BadInputException($"there is no job '{named}': give a study's name or the first digits (four or more) of a study or a step; `flow jobs ls` shows them");
    }

    async Task<IReadOnlyList<T>> Rows<T>(string sql, object? parameters, CancellationToken cancel) =>
        [.. await database.Read(connection => connection.QueryAsync<T>(new CommandDefinition(sql, parameters, cancellationToken: cancel)), cancel)];
}
