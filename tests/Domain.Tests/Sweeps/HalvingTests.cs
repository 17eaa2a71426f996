using Flow.Domain.Compute;
using Flow.Domain.Planning;
using Flow.Domain.Studies;
using Flow.Domain.Sweeps;
using Flow.Domain.Tests.Studies;
using LanguageExt;
using Xunit;
using static LanguageExt.Prelude;

namespace Flow.Domain.Tests.Sweeps;

/// <summary>Issue 3, line 5: sweeps.</summary>
public sealed class HalvingTests
{
    static readonly Plan Sweep = Plan.Of(CatalogTests.Read("sweep", ""));

    /// <summary>A loss by trial alone: the alphabetically first trial is the best.</summary>
    static double Loss(PlannedRun run) => Trials.IndexOf(run.Run.Rung.Map(rung => rung.Trial).IfNone(""));

    static readonly List<string> Trials = Sweep.Runs.Bind(run => run.Run.Rung.ToSeq()).Map(rung => rung.Trial).Distinct().Order(StringComparer.Ordinal).ToList();

    static Measured Row(PlannedRun run) => new(run.Steps.Last, Metric.Loss, Loss(run));

    static Seq<PlannedRun> AtRung(int index) => Sweep.Runs.Filter(run => run.Run.Rung.Exists(rung => rung.Index == index)).Strict();

    static IEnumerable<Verdict> VerdictsAt(int rung, Seq<Measured> rows) =>
        Halving.Verdicts(Sweep, rows).Filter(run => run.Run.Run.Rung.Exists(at => at.Index == rung)).Map(run => run.Verdict);

    [Fact]
    public void WithoutRows_TheFirstRungRuns_AndTheOthersWait()
    {
        Assert.Equal(27, Trials.Count);
        Assert.Equal(Enumerable.Repeat(Verdict.Run, 27), VerdictsAt(0, []));
        Assert.Equal(Enumerable.Repeat(Verdict.Wait, 54), VerdictsAt(1, []).Concat(VerdictsAt(2, [])));
    }

    [Fact]
    public void OneMissingRow_KeepsEveryoneWaiting() =>
        Assert.All(VerdictsAt(1, AtRung(0).Skip(1).Map(Row).Strict()), verdict => Assert.Equal(Verdict.Wait, verdict));

    [Fact]
    public void NineOf27GoOn_ThenThree_AndTheBestIsAmongThem()
    {
        var rows = AtRung(0).Map(Row).Strict();
        Assert.Equal(9, VerdictsAt(1, rows).Count(verdict => verdict == Verdict.Run));
        Assert.Equal(18, VerdictsAt(1, rows).Count(verdict => verdict == Verdict.Stopped));
        Assert.Equal(18, VerdictsAt(2, rows).Count(verdict => verdict == Verdict.Stopped));
        rows = rows.Concat(AtRung(1).Filter(run => Loss(run) < 9).Map(Row)).Strict();
        var last = Halving.Verdicts(Sweep, rows).Filter(run => run.Verdict == Verdict.Run && run.Run.Run.Rung.Exists(at => at.Index == 2));
        Assert.Equal(Trials.Take(3), last.Map(run => run.Run.Run.Rung.Map(rung => rung.Trial).IfNone("")).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void NaN_Loses()
    {
        var rows = AtRung(0).Map(run => Loss(run) == 0 ? Row(run) with { Value = double.NaN } : Row(run)).Strict();
        var verdict = Halving.Verdicts(Sweep, rows).Find(run => run.Run.Run.Rung.Exists(rung => rung == new Rung(Trials[0], 1))).Map(run => run.Verdict);
        Assert.Equal(Verdict.Stopped, verdict);
    }

    /// <summary>Whatever order rows come in, a verdict once given stays, and what is started suffices to end.</summary>
    [Fact]
    public void Verdicts_AreNeverTakenBack_AndTheSweepEnds()
    {
        var random = new System.Random(7);
        var rows = Seq<Measured>();
        var given = new Dictionary<string, Verdict>();
        while (true)
        {
            var verdicts = Halving.Verdicts(Sweep, rows);
            foreach (var (run, verdict) in verdicts)
            {
                if (given.TryGetValue(run.Run.Label, out var before) && before != Verdict.Wait) Assert.Equal(before, verdict);
                given[run.Run.Label] = verdict;
            }
            var open = verdicts.Filter(run => run.Verdict == Verdict.Run && !rows.Exists(row => row.Step == run.Run.Steps.Last)).Map(run => run.Run).ToArray();
            if (open.Length == 0) break;
            rows = rows.Add(Row(open[random.Next(open.Length)])).Strict();
        }
        Assert.Equal(27 + 9 + 3, rows.Count);
        Assert.DoesNotContain(Verdict.Wait, given.Values);
    }

    /// <summary>A scheduler that obeys the race runs every step of the race's survivors, and the report at the end.</summary>
    [Fact]
    public void TheRace_LetsASchedulerReachTheReport_AndSaysWhoLost()
    {
        var finished = new System.Collections.Generic.HashSet<StepId>();
        var rows = Seq<Measured>();
        while (true)
        {
            var race = Race.Of(Sweep, rows);
            var ready = Sweep.Steps.Filter(step => !finished.Contains(step.Name) && race.MayStart(step, finished.Contains)).ToArray();
            if (ready.Length == 0) break;
            foreach (var step in ready) finished.Add(step.Name);
            rows = Sweep.Runs.Filter(run => finished.Contains(run.Steps.Last)).Map(Row).Strict();
        }
        Assert.Contains(Sweep.Identity, finished);
        // 24 trials lost: 18 at the first rung, where the ninth (value 8) was the last to go on, and 6 at the second.
        var stopped = Race.Of(Sweep, rows).Stopped;
        Assert.Equal(18, stopped.Count(trial => trial is { Steps: 60, Value: > 8, Bar: 8 }));
        Assert.Equal(6, stopped.Count(trial => trial is { Steps: 180, Value: > 2, Bar: 2 }));
        Assert.Equal(24, stopped.Count);
        Assert.Equal(27 + 9 + 3, Sweep.Steps.Count(step => step.Kind == StepKind.Pretrain && finished.Contains(step.Name)));
    }

    /// <summary>A training that diverges leaves no loss: its trial is out, and neither the others nor the report wait for it.</summary>
    [Fact]
    public void ATrialThatDiverged_IsOut_AndTheRaceEnds()
    {
        var broken = AtRung(0).Head.Steps.Head; // the training of the best trial's first rung
        var finished = new System.Collections.Generic.HashSet<StepId>();
        var rows = Seq1(new Measured(broken, Metric.Loss, double.NaN));
        while (true)
        {
            var race = Race.Of(Sweep, rows);
            Assert.True(race.IsSkipped(broken));
            var ready = Sweep.Steps.Filter(step => !finished.Contains(step.Name) && race.MayStart(step, finished.Contains)).ToArray();
            if (ready.Length == 0) break;
            foreach (var step in ready) finished.Add(step.Name);
            rows = Sweep.Runs.Filter(run => finished.Contains(run.Steps.Last)).Map(Row).Strict().Add(new Measured(broken, Metric.Loss, double.NaN));
        }
        Assert.Contains(Sweep.Identity, finished);
        Assert.Equal(26 + 9 + 3, Sweep.Steps.Count(step => step.Kind == StepKind.Pretrain && finished.Contains(step.Name)));
        Assert.Contains(Race.Of(Sweep, rows).Stopped, trial => trial.Trial == AtRung(0).Head.Run.Rung.Map(rung => rung.Trial).IfNone("") && double.IsNaN(trial.Value));
    }

    /// <summary>Issue 8 allows 45 % of the grid's compute; 27 at 60, 9 at 180 and 3 at 540 steps spend 26 % of the training.</summary>
    [Fact]
    public void Training_CostsAQuarterOfTheGrid()
    {
        var rows = AtRung(0).Concat(AtRung(1)).Map(Row).Strict();
        var place = new Placement(new Device("test", 1), 1, None, new CountingRules());
        var skipped = Halving.Held(Sweep, rows).Skipped;
        var spent = Sweep.Steps.Filter(step => step.Kind == StepKind.Pretrain && !skipped.Contains(step.Name))
            .Sum(step => StepCost.Marginal(Sweep, step, place).Map(cost => cost.Macs).IfNone(0));
        var grid = AtRung(2).Sum(run => StepCost.Of(Sweep, Sweep[run.Steps.Head], place).Map(cost => cost.Macs).IfNone(0));
        Assert.InRange(spent / grid, 0.15, 0.45);
    }
}
