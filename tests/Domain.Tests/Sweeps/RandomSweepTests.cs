using Flow.Domain.Runs;
using Flow.Domain.Studies;
using Flow.Domain.Sweeps;
using Flow.Domain.Tests.Studies;
using LanguageExt;
using Xunit;
using static LanguageExt.Prelude;

namespace Flow.Domain.Tests.Sweeps;

public sealed class RandomSweepTests
{
    static StudySpec Sweep(int trials, int seed, params AxisSpec[] more)
    {
        var spec = CatalogTests.Read("sweep", "").Spec;
        return spec with { Axes = spec.Axes.Concat(more).ToSeq().Strict(), Halving = None, Random = new RandomSpec(trials, seed) };
    }

    static Seq<Run> Runs(StudySpec spec) => Study.From(spec).Match(
        Succ: study => study.Runs, Fail: mistakes => throw new Xunit.Sdk.XunitException(string.Join("\n", mistakes)));

    static readonly AxisSpec Rate = new AxisSpec.Range("stages[0].train.optim.weightDecay", 1e-4, 1e-1, Log: true);

    [Fact]
    public void TheSameSeed_DrawsTheSameTrials_AndAnotherOthers()
    {
        Assert.Equal(Runs(Sweep(10, 1)), Runs(Sweep(10, 1)));
        Assert.NotEqual(Runs(Sweep(10, 1)), Runs(Sweep(10, 2)));
    }

    [Fact]
    public void MoreTrials_BeginWithTheFewer() => Assert.Equal(Runs(Sweep(5, 3, Rate)), Runs(Sweep(12, 3, Rate)).Take(5));

    [Fact]
    public void Trials_AreDistinct_UpToTheWholeGrid()
    {
        Assert.Equal(27, Runs(Sweep(27, 4)).Map(run => run.Label).Distinct().Count);
        Assert.Contains("more than the 27 combinations", Study.From(Sweep(28, 4)).Match(Succ: _ => "", Fail: mistakes => mistakes.Head.ToString()), StringComparison.Ordinal);
    }

    [Fact]
    public void LogRanges_FillTheirDecadesEvenly()
    {
        var decays = Runs(Sweep(300, 5, Rate)).Map(run => ((StageSpec.Pretrain)run.Stages.Head).Train.Optim.WeightDecay).ToArray();
        Assert.All(decays, decay => Assert.InRange(decay, 1e-4, 1e-1));
        foreach (var decade in new[] { 1e-4, 1e-3, 1e-2 })
            Assert.InRange(decays.Count(decay => decay >= decade && decay < 10 * decade), 70, 130);
    }

    static Seq<CurvePoint> Curve(params double[] values) => values.Select((value, i) => new CurvePoint(10 * (i + 1), value)).ToSeq().Strict();

    [Fact]
    public void Diverged_StopsWhatBlewUp()
    {
        var rule = new StopRule.Diverged(Factor: 3);
        Assert.False(rule.Stops(Curve(1, 0.5, 1.4), []));
        Assert.True(rule.Stops(Curve(1, 0.5, 1.6), []));
        Assert.True(rule.Stops(Curve(1, double.NaN), []));
        Assert.False(rule.Stops([], []));
    }

    [Fact]
    public void Plateau_StopsWhatNoLongerImproves()
    {
        var rule = new StopRule.Plateau(Patience: 2, MinDelta: 0.01);
        Assert.False(rule.Stops(Curve(1, 0.9), []));
        Assert.False(rule.Stops(Curve(1, 0.9, 0.95, 0.88), []));
        Assert.True(rule.Stops(Curve(1, 0.9, 0.895, 0.895), []));
    }

    [Fact]
    public void Median_StopsWhatIsWorseThanHalfOfTheOthers()
    {
        var rule = new StopRule.Median(MinSteps: 20);
        var others = Seq(Curve(1, 0.8), Curve(1, 0.6), Curve(1, 0.4));
        Assert.False(rule.Stops(Curve(2), others));
        Assert.True(rule.Stops(Curve(2, 1), others));
        Assert.False(rule.Stops(Curve(2, 0.7), others));
        Assert.False(rule.Stops(Curve(2, 1), others.Tail));
    }
}
