using Dapper;
using Flow.Domain.Compute;
using Flow.Domain.Data;
using Flow.Domain.Planning;
using Flow.Domain.Sweeps;
using Flow.Domain.Text;

namespace Flow.Jobs.Ledger;

/// <summary>How a study is to be run.</summary>
/// <param name="MaxParallel">At most so many of its trainings at once; none for as many as there are devices.</param>
/// <param name="RequestedBy">The recurrence that asked; none for a person.</param>
public sealed record SubmitOptions(Priority Priority = Priority.Normal, int? MaxParallel = null, string? RequestedBy = null);

/// <summary>Puts studies into the ledger. Workers see them within a second.</summary>
public sealed class Submissions(LedgerDatabase database, Lab lab)
{
    // Steps are only compared by their MACs, for which any device does.
    static readonly Placement anywhere = new(Device.Known.Head, 1, LanguageExt.Option<double>.None, new CountingRules());

    /// <summary>
    /// Asks for every step of a plan, or only for some and what they need. Steps that are in the store are done already; those that other
    /// studies asked for are shared; those that failed, or were cancelled or paused, are tried again.
    /// </summary>
    /// <param name="baseFolder">Where relative paths of the study's data sets start.</param>
    /// <param name="only">None for all steps.</param>
    /// <returns>The study's identity.</returns>
    public async Task<string> Submit(Plan plan, string baseFolder, SubmitOptions options, IReadOnlySet<StepId>? only = null, CancellationToken cancel = default)
    {
        RecordedStudies.Save(lab.Root, plan, baseFolder);
        var wanted = only is null ? plan.Steps.ToList() : plan.Steps.Where(Needed(plan, only).Contains).ToList();
        var finished = wanted.Where(step => lab.Steps.Exists(step.Name.Hex)).Select(step => step.Name).ToHashSet();
        foreach (var step in wanted.Where(step => finished.Contains(step.Name))) PublishRows.Of(lab, plan, step);
        var held = Halving.Held(plan, StudyRace.Rows(lab, plan, failed: []));
        var (waiting, skipped) = (held.Waiting.ToHashSet(), held.Skipped.ToHashSet());
        var runs = plan.Runs.SelectMany(run => run.Steps.Map(step => (step, run.Run.Label))).GroupBy(pair => pair.step).ToDictionary(group => group.Key, group => group.First().Label);
        var rows = wanted.Select((step, position) => new
        {
            name = step.Name.Hex,
            study = plan.Identity.Hex,
            label = step.Label,
            kind = Spelling.Kebab(step.Kind.ToString()),
            need = NeedOf(step).ToString().ToLowerInvariant(),
            priority = (long)options.Priority,
            macs = StepCost.Marginal(plan, step, anywhere).Map(cost => cost.Macs).IfNone(0),
            state = finished.Contains(step.Name) ? "done" : skipped.Contains(step.Name) ? "stopped" : "waiting",
            held = waiting.Contains(step.Name) ? 1L : 0L,
            position = (long)position,
            run = runs.GetValueOrDefault(step.Name),
        }).ToList();
        var edges = wanted.SelectMany(step => step.Inputs.Map(input => new { step = step.Name.Hex, input = input.Hex })).ToList();
        await database.Decide(async (connection, transaction) =>
        {
            await connection.ExecuteAsync($"""
                insert into studies (id, name, base_folder, priority, max_parallel, submitted_ms, requested_by)
                values (@id, @name, @baseFolder, @priority, @maxParallel, {database.Now}, @requestedBy)
                on conflict (id) do update set name = excluded.name, base_folder = excluded.base_folder, priority = excluded.priority,
                    max_parallel = excluded.max_parallel, submitted_ms = excluded.submitted_ms, requested_by = excluded.requested_by
                """, new { id = plan.Identity.Hex, name = plan.Study.Name, baseFolder, priority = (long)options.Priority, maxParallel = (long?)options.MaxParallel, requestedBy = options.RequestedBy }, transaction);
            await Bulk.Insert(connection, transaction, """
                insert into steps (name, study, label, kind, need, priority, macs, state, held) values {0}
                on conflict (name) do update set priority = excluded.priority, held = excluded.held, faults = 0, message = null, wanted = null, not_before_ms = 0,
                    state = case when excluded.state <> 'waiting' then excluded.state
                                 when steps.state in ('failed', 'cancelled', 'paused', 'done', 'stopped') then 'waiting' else steps.state end
                where steps.state <> 'running'
                """, rows, row => [row.name, row.study, row.label, row.kind, row.need, row.priority, row.macs, row.state, row.held]);
            await Bulk.Insert(connection, transaction, "insert into edges (step, input) values {0} on conflict do nothing", edges, edge => [edge.step, edge.input]);
            await Bulk.Insert(connection, transaction, """
                insert into study_steps (study, step, position, run) values {0} on conflict (study, step) do update set active = 1, run = excluded.run
                """, rows, row => [row.study, row.name, row.position, row.run]);
            return await connection.ExecuteAsync(Readiness.Promote("s.name in (select step from study_steps where study = @study)"), new { study = plan.Identity.Hex }, transaction);
        }, cancel);
        return plan.Identity.Hex;
    }

    /// <summary>Trained and measured models need a device; the rest is files, small fits and pages.</summary>
    public static Need NeedOf(Step step) => step.Payload is Payload.Pretrain or Payload.FineTune or Payload.HeldOutLoss or Payload.Evaluate or Payload.Ingest { Codec: CodecSpec.AutoencoderKl }
        ? Need.Gpu
        : Need.Cpu;

    static HashSet<Step> Needed(Plan plan, IReadOnlySet<StepId> only)
    {
        var needed = new HashSet<Step>();
        foreach (var step in only) Need(plan[step]);
        return needed;

        void Need(Step step)
        {
            if (!needed.Add(step)) return;
            foreach (var input in step.Inputs) Need(plan[input]);
        }
    }
}
