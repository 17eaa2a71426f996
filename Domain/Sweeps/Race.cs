using Flow.Domain.Planning;
using LanguageExt;

namespace Flow.Domain.Sweeps;

/// <summary>A trial that lost: its rows are kept, its longer trainings are not run.</summary>
/// <param name="Steps">Training steps of the last rung that it ran.</param>
/// <param name="Value">What it measured there.</param>
/// <param name="Bar">The worst value that went on.</param>
public sealed record StoppedTrial(string Trial, int Steps, double Value, double Bar);

/// <summary>
/// Which steps of a plan may start, by the rows seen so far: every scheduler asks this. A study without a race holds nothing back.
/// </summary>
public sealed class Race
{
    readonly Plan plan;
    readonly Seq<Measured> rows;
    readonly System.Collections.Generic.HashSet<StepId> waiting;
    readonly System.Collections.Generic.HashSet<StepId> skipped;

    Race(Plan plan, Seq<Measured> rows)
    {
        (this.plan, this.rows) = (plan, rows);
        var held = Halving.Held(plan, rows);
        (waiting, skipped) = ([.. held.Waiting], [.. held.Skipped]);
    }

    /// <param name="rows">What the steps finished so far measured.</param>
    public static Race Of(Plan plan, Seq<Measured> rows) => new(plan, rows);

    /// <summary>Never to be run: its trial lost, and no other needs it.</summary>
    public bool IsSkipped(StepId step) => skipped.Contains(step);

    /// <summary>Left alone until an earlier rung has been measured.</summary>
    public bool Waits(StepId step) => waiting.Contains(step);

    /// <summary>Whether a step that is not finished may start.</summary>
    public bool MayStart(Step step, Func<StepId, bool> finished) =>
        !Waits(step.Name) && !IsSkipped(step.Name) && step.Inputs.ForAll(input => finished(input) || IsSkipped(input));

    /// <summary>The trials that have lost, in the order of the study.</summary>
    public Seq<StoppedTrial> Stopped => plan.Study.Spec.Halving.Match(
        None: () => [],
        Some: halving => Halving.Verdicts(plan, rows)
            .Filter(run => run.Verdict == Verdict.Stopped)
            .Map(run => run.Run.Run.Rung.ToSeq()).Bind(rung => rung)
            .GroupBy(rung => rung.Trial)
            .Select(trial => Lost(halving, trial.Key, trial.Min(rung => rung.Index) - 1))
            .ToSeq().Strict());

    StoppedTrial Lost(HalvingSpec halving, string trial, int rung)
    {
        var values = Halving.Values(plan, halving, rows);
        var ahead = Halving.Verdicts(plan, rows)
            .Filter(run => run.Verdict == Verdict.Run && run.Run.Run.Rung.Exists(at => at.Index == rung + 1))
            .Bind(run => run.Run.Run.Rung.ToSeq().Map(at => values[at with { Index = rung }]));
        return new StoppedTrial(trial, halving.Rungs[rung], values[new Rung(trial, rung)], ahead.Max());
    }
}
