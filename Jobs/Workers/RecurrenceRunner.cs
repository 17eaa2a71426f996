using Flow.Domain.Planning;
using Flow.Domain.Studies;
using Flow.Jobs.Engines;
using Flow.Jobs.Ledger;

namespace Flow.Jobs.Workers;

/// <summary>Keeps the engine's schedules as the ledger wants them, and does what a firing asks: queues measurements of what has been trained.</summary>
public sealed class RecurrenceRunner(LedgerDatabase database, IJobEngine engine, Lab lab, string worker)
{
    readonly Recurrences recurrences = new(database);

    /// <summary>Adds, changes and ends schedules; one that is as it should be is left alone, so that what it missed is made up for.</summary>
    public async Task Agree(CancellationToken cancel)
    {
        var wanted = await recurrences.All(cancel);
        var known = (await engine.Schedules(cancel)).ToDictionary(row => row.Schedule.Name);
        foreach (var row in wanted.Where(row => !row.Paused))
        {
            if (!known.TryGetValue(row.Name, out var there) || there.Schedule != row.Schedule) await engine.Schedule(row.Schedule, cancel);
            else if (there.Next?.ToUnixTimeMilliseconds() != row.NextMs) await recurrences.SetNext(row.Name, there.Next, cancel);
        }
        foreach (var name in known.Keys.Except(wanted.Where(row => !row.Paused).Select(row => row.Name))) await engine.Unschedule(name, cancel);
        foreach (var name in await recurrences.TakeRequested(cancel)) await Fire(name, DateTimeOffset.UtcNow, cancel);
        foreach (var (name, due) in await recurrences.TakeUnfinished(worker, cancel))
            if (wanted.FirstOrDefault(row => row.Name == name) is { } recurrence) await Do(recurrence, due, cancel);
            else await recurrences.Ended(name, due, "not done: it was removed", cancel);
    }

    /// <returns>What came of it, or none when this firing had been done already.</returns>
    public async Task<string?> Fire(string name, DateTimeOffset due, CancellationToken cancel)
    {
        if ((await recurrences.All(cancel)).FirstOrDefault(row => row.Name == name) is not { } recurrence) return null;
        return await recurrences.Enter(name, due, worker, cancel) ? await Do(recurrence, due, cancel) : null;
    }

    /// <summary>May be done twice: what has been queued or measured is not queued again.</summary>
    async Task<string> Do(Recurrence recurrence, DateTimeOffset due, CancellationToken cancel)
    {
        var outcome = await Evaluate(recurrence, cancel);
        await recurrences.Ended(recurrence.Name, due, outcome, cancel);
        return outcome;
    }

    Task<string> Evaluate(Recurrence recurrence, CancellationToken cancel) => StudyText.Read(recurrence.Spec).Match(
        Succ: study => Evaluate(recurrence, Plan.Of(study), cancel),
        Fail: _ => Task.FromResult("failed: this version of the program can't read the study as it was given; add the recurrence again"));

    async Task<string> Evaluate(Recurrence recurrence, Plan plan, CancellationToken cancel)
    {
        var trained = RecurringEvaluation.Trained(plan, recurrence.Evaluate, step => lab.Steps.Exists(step.Hex) ? Directory.GetLastWriteTimeUtc(lab.Steps.Open(step.Hex)) : null);
        if (trained.Count == 0) return "nothing to evaluate: none of its trainings is finished";
        var measurements = RecurringEvaluation.Measurements(plan, trained);
        var missing = measurements.Where(step => !lab.Steps.Exists(step.Hex)).ToHashSet();
        if (missing.Count == 0) return $"nothing new: all {measurements.Count} measurements of {trained.Count} trainings are there";
        await new Submissions(database, lab).Submit(plan, recurrence.BaseFolder, new SubmitOptions(RequestedBy: recurrence.Name), missing, cancel);
        return $"{missing.Count} of {measurements.Count} measurements queued";
    }
}
