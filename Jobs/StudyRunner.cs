using System.Diagnostics;
using Flow.Domain.Compute;
using Flow.Domain.Planning;
using Flow.Domain.Sweeps;
using Flow.Jobs.DataParallel;
using Flow.Jobs.Ledger;
using Flow.Storage.Files;

namespace Flow.Jobs;

/// <summary>What a run of a study came to.</summary>
/// <param name="Ran">Steps that ran now; the others were there already.</param>
/// <param name="Failures">Label and message of each failed step; steps that needed one of them did not run.</param>
/// <param name="Stopped">Trials that lost a race; what they measured is kept.</param>
public sealed record StudyOutcome(Plan Plan, int Ran, IReadOnlyList<(Step Step, string Message)> Failures, IReadOnlyList<StoppedTrial> Stopped, TimeSpan Took);

/// <summary>
/// Runs the steps of a plan in this process: each as soon as what it reads is done, a few at a time, the costliest first, each once.
/// A finished step is never run again; a failed one stops only what needs it.
/// </summary>
public sealed class StudyRunner(Lab lab, IProgress<StudyEvent> progress)
{
    readonly LoggedEvents told = new(lab.Root, progress);

    // Steps are only compared by their MACs, for which any device does.
    static readonly Placement anywhere = new(Device.Known.Head, 1, LanguageExt.Option<double>.None, new CountingRules());

    /// <param name="baseFolder">Where relative paths of the study's data sets start.</param>
    /// <param name="only">The steps to run, with all that they need; none for the whole plan.</param>
    public async Task<StudyOutcome> Run(Plan plan, string baseFolder, CancellationToken cancel, IReadOnlyCollection<StepId>? only = null)
    {
        var clock = Stopwatch.StartNew();
        SharedBatches.Check(plan, lab.Workers);
        RecordedStudies.Save(lab.Root, plan, baseFolder);
        var finished = plan.Steps.Filter(step => lab.Steps.Exists(step.Name.Hex)).Map(step => step.Name).ToHashSet();
        foreach (var step in plan.Steps.Filter(step => finished.Contains(step.Name)))
        {
            told.Report(new StudyEvent.Found(step.Name.Hex, step.Label));
            PublishRows.Of(lab, plan, step);
        }

        var waiting = plan.Steps.Filter(step => !finished.Contains(step.Name) && only?.Contains(step.Name) != false).ToList();
        var total = waiting.Count;
        var started = 0;
        var failures = new List<(Step, string)>();
        var running = new Dictionary<Task<StepOutcome>, Step>();
        var stopped = new Dictionary<string, StoppedTrial>();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        try
        {
            while (waiting.Count > 0 || running.Count > 0)
            {
                var race = Race.Of(plan, StudyRace.Rows(lab, plan, failures.Select(failure => failure.Item1.Name)));
                Told(race, stopped);
                foreach (var step in Ready(plan, waiting, finished, race).Take(lab.Parallel - running.Count).ToList())
                {
                    waiting.Remove(step);
                    running.Add(Start(plan, step, baseFolder, ++started, total, stop.Token), step);
                }
                if (running.Count == 0) break; // what is left needs a step that failed, or belongs to a trial that lost
                var ended = await Task.WhenAny(running.Keys);
                running.Remove(ended, out var which);
                if (await ended is StepOutcome.Failed failed) failures.Add((which!, Told(which!, failed)));
                else finished.Add(which!.Name);
            }
        }
        finally
        {
            stop.Cancel();
            await Task.WhenAll(running.Keys).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        }
        lab.Results.CompactIfMany();
        return new StudyOutcome(plan, started, failures, [.. stopped.Values], clock.Elapsed);
    }

    /// <summary>Tells of each trial once that it lost, and why.</summary>
    void Told(Race race, Dictionary<string, StoppedTrial> known)
    {
        foreach (var trial in race.Stopped)
            if (known.TryAdd(trial.Trial, trial)) told.Report(new StudyEvent.Stopped(trial));
    }

    /// <summary>Costliest first, so that the last of several parallel steps is a short one; otherwise in the plan's order.</summary>
    static IEnumerable<Step> Ready(Plan plan, List<Step> waiting, System.Collections.Generic.HashSet<StepId> finished, Race race) => waiting
        .Where(step => race.MayStart(step, finished.Contains))
        .OrderByDescending(step => StepCost.Of(plan, step, anywhere).Map(cost => cost.Macs).IfNone(0));

    Task<StepOutcome> Start(Plan plan, Step step, string baseFolder, int index, int total, CancellationToken cancel) => Task.Run(async () =>
    {
        var clock = Stopwatch.StartNew();
        told.Report(new StudyEvent.Started(step.Name.Hex, step.Label, index, total));
        var outcome = await RunStep.Run(
            token => Once(plan, step, baseFolder, token),
            fault => told.Report(new StudyEvent.Noted(step.Name.Hex, fault)),
            cancel);
        told.Report(outcome is StepOutcome.Failed failed
            ? new StudyEvent.Failed(step.Name.Hex, failed.Message)
            : new StudyEvent.Finished(step.Name.Hex, clock.Elapsed));
        return outcome;
    }, CancellationToken.None);

    /// <summary>The message, and where the rest of it is kept.</summary>
    string Told(Step step, StepOutcome.Failed failed)
    {
        if (failed.Detail.Length == 0) return failed.Message;
        var path = Path.Combine(lab.Root, "logs", $"{step.Name.Short}.txt");
        AtomicFile.WriteText(path, failed.Detail);
        return $"{failed.Message}; details in {path}";
    }

    async Task Once(Plan plan, Step step, string baseFolder, CancellationToken cancel)
    {
        var name = step.Name.Hex;
        using var held = await StepLock.Take(
            lab.Root, name, () => told.Report(new StudyEvent.Noted(name, $"another process runs '{step.Label}': waiting for it")), cancel);
        if (lab.Steps.Exists(name)) return;
        // Later attempts have larger numbers; the lock keeps clocks of two processes from mattering.
        var work = lab.Steps.Begin(name, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());
        await Steps.StepBody.Run(new StepContext(lab, plan, step, work, baseFolder, told, cancel));
        work.Commit();
        PublishRows.Of(lab, plan, step);
    }
}
