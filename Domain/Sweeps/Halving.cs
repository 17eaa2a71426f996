using Flow.Domain.Planning;
using Flow.Domain.Studies;
using LanguageExt;
using static LanguageExt.Prelude;

namespace Flow.Domain.Sweeps;

/// <summary>A result row as the rules of a sweep see it; the value of a step that failed for good, a diverged training, is NaN.</summary>
public sealed record Measured(StepId Step, Metric Metric, double Value);

/// <summary>What successive halving says of a run.</summary>
public enum Verdict
{
    /// <summary>Its trial is still in: run it.</summary>
    Run,

    /// <summary>Rows of an earlier rung are missing.</summary>
    Wait,

    /// <summary>Its trial lost at an earlier rung; its rows are kept.</summary>
    Stopped,
}

/// <summary>Successive halving as a pure function of the rows seen: asked again after each row, it never takes a verdict of Run or Stopped back.</summary>
public static class Halving
{
    /// <summary>A verdict for every run; Run for all of a study without halving.</summary>
    public static Seq<(PlannedRun Run, Verdict Verdict)> Verdicts(Plan plan, Seq<Measured> rows) => plan.Study.Spec.Halving.Match(
        None: () => plan.Runs.Map(run => (run, Verdict.Run)).Strict(),
        Some: halving =>
        {
            var alive = Alive(plan, halving, rows);
            return plan.Runs.Map(run => (run, Of(run, alive))).Strict();
        });

    /// <summary>
    /// What a scheduler must leave alone for now and for good. It may start a step that is in neither set once each of its inputs is
    /// finished or Skipped: a report over a race reads the steps that were run.
    /// </summary>
    public static (Seq<StepId> Waiting, Seq<StepId> Skipped) Held(Plan plan, Seq<Measured> rows)
    {
        var verdicts = Verdicts(plan, rows);
        Seq<StepId> Of(Verdict verdict) => verdicts.Filter(run => run.Verdict == verdict).Bind(run => run.Run.Steps);
        var running = Needed(plan, Of(Verdict.Run));
        var waiting = Needed(plan, Of(Verdict.Wait));
        return (
            Of(Verdict.Wait).Filter(step => !running.Contains(step)).Distinct().ToSeq().Strict(),
            Of(Verdict.Stopped).Filter(step => !running.Contains(step) && !waiting.Contains(step)).Concat(Broken(verdicts, rows)).Distinct().ToSeq().Strict());
    }

    /// <summary>What failed in a trial, and the measurements that now have nothing to measure.</summary>
    static Seq<StepId> Broken(Seq<(PlannedRun Run, Verdict Verdict)> verdicts, Seq<Measured> rows)
    {
        var failed = rows.Filter(row => double.IsNaN(row.Value)).Map(row => row.Step).ToHashSet();
        return verdicts.Filter(run => run.Run.Run.Rung.IsSome)
            .Bind(run => run.Run.Steps.SkipWhile(step => !failed.Contains(step)).ToSeq()).Strict();
    }

    static System.Collections.Generic.HashSet<StepId> Needed(Plan plan, Seq<StepId> steps)
    {
        var needed = new System.Collections.Generic.HashSet<StepId>();
        foreach (var step in steps) Need(step);
        return needed;

        void Need(StepId name)
        {
            if (!needed.Add(name)) return;
            foreach (var input in plan[name].Inputs) Need(input);
        }
    }

    static Verdict Of(PlannedRun run, Seq<Option<Seq<string>>> alive) => run.Run.Rung.Match(
        None: () => Verdict.Run,
        Some: rung => alive.Take(rung.Index + 1).Exists(trials => trials.Exists(known => !known.Contains(rung.Trial))) ? Verdict.Stopped
            : alive[rung.Index].IsSome ? Verdict.Run
            : Verdict.Wait);

    /// <summary>The trials that enter each rung; None while rows of the rung before are missing.</summary>
    static Seq<Option<Seq<string>>> Alive(Plan plan, HalvingSpec halving, Seq<Measured> rows)
    {
        var values = Values(plan, halving, rows);
        var entering = Some(plan.Runs.Bind(run => run.Run.Rung.ToSeq()).Map(rung => rung.Trial).Distinct().ToSeq().Strict());
        var alive = Seq1(entering);
        for (var rung = 0; rung < halving.Rungs.Count - 1; rung++)
        {
            entering = entering.Bind(trials => Best(trials, rung, values, halving.Keep));
            alive = alive.Add(entering);
        }
        return alive.Strict();
    }

    /// <summary>The best ceil(n / keep) of the trials once all are measured; a NaN never goes on, and equal values go by label.</summary>
    static Option<Seq<string>> Best(Seq<string> trials, int rung, HashMap<Rung, double> values, int keep) =>
        trials.ForAll(trial => values.ContainsKey(new Rung(trial, rung)))
            ? Some(trials
                .Filter(trial => !double.IsNaN(values[new Rung(trial, rung)]))
                .OrderBy(trial => values[new Rung(trial, rung)])
                .ThenBy(trial => trial, StringComparer.Ordinal)
                .Take((trials.Count + keep - 1) / keep).ToSeq().Strict())
            : None;

    /// <summary>What each rung of each trial measured, as far as it has.</summary>
    internal static HashMap<Rung, double> Values(Plan plan, HalvingSpec halving, Seq<Measured> rows)
    {
        var byStep = rows.Filter(row => row.Metric == halving.Metric).GroupBy(row => row.Step).ToDictionary(group => group.Key, group => group.Last().Value);
        return toHashMap(
            from run in plan.Runs
            from rung in run.Run.Rung.ToSeq()
            from step in run.Steps.Filter(byStep.ContainsKey).Take(1)
            select (rung, byStep[step]));
    }
}
