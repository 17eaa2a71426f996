using Flow.Domain.Laws;
using Flow.Domain.Laws.Forecasts;
using LanguageExt;
using Xunit;

namespace Flow.Domain.Tests.Laws.Forecasts;

public class ForecastingTests
{
    static readonly LossSurface truth = new(0.1, 5, 3, 0.45, 0.35);

    /// <summary>Seven budgets a factor two apart by seven sizes, under a known surface with 0.5 % of noise.</summary>
    static Seq<TrainingPoint> Study(int seed, double noise = 0.005)
    {
        var random = new System.Random(seed);
        double Normal() => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
        return (from budget in Enumerable.Range(0, 7)
                from size in Enumerable.Range(0, 7)
                let n = 2e4 * Math.Pow(1.7, size)
                let c = 1.5e10 * Math.Pow(2, budget)
                select new TrainingPoint(n, c / (6 * n), c, truth.At(n, c / (6 * n)) * Math.Exp(noise * Normal()), $"{size}")).ToArray().ToSeq();
    }

    static ForecastTarget Target(double times = 4)
    {
        var (n, c) = (2e4 * Math.Pow(1.7, 4), 1.5e10 * 64 * times);
        return new("the large one", n, c / (6 * n), c);
    }

    static Forecast Of(Seq<TrainingPoint> points, ForecastTarget target) =>
        Forecasting.Of(points, target).IfLeft(refusal => throw new InvalidOperationException(refusal.ToString()));

    [Fact]
    public void OnNoiseFreePoints_TheFormThatMadeThemIsChosen_AndPredictsExactly()
    {
        var forecast = Of(Study(0, noise: 0), Target());
        Assert.Contains("surface", forecast.Chosen.Name, StringComparison.Ordinal);
        Assert.Equal(truth.At(Target().Params, Target().Tokens), forecast.Loss.Value, 1e-6);
    }

    /// <summary>The interval comes from hindcasts alone; a 95 % interval that covers fewer than nine in ten would be a claim too much.</summary>
    [Fact]
    public void TheInterval_CoversTheTruthOfSimulatedStudies()
    {
        var exact = truth.At(Target().Params, Target().Tokens);
        var covered = Enumerable.Range(1, 20).AsParallel().Count(seed => Of(Study(seed), Target()).Loss.Covers(exact));
        Assert.InRange(covered, 18, 20);
    }

    /// <summary>Not by being as wide as the world.</summary>
    [Fact]
    public void TheInterval_ShrinksWithTheNoise()
    {
        double Width(double noise) => Of(Study(3, noise), Target()).Loss is var loss ? loss.High / loss.Low - 1 : 0;
        Assert.True(Width(0.001) < Width(0.02) / 3);
    }

    [Fact]
    public void HindcastsLieAsFarBeyondTheirPoints_AsTheTarget()
    {
        var forecast = Of(Study(1), Target());
        // Budgets 0..6 a factor two apart: four times above three others are the last three.
        Assert.Equal(3, forecast.Chosen.Hindcasts.Count);
        Assert.All(forecast.Candidates, candidate => Assert.All(candidate.Hindcasts.Bind(budget => budget), cell => Assert.True(cell.Cell.Flops > 1.5e10 * 15)));
    }

    /// <summary>A hindcast that had read the budget that it predicts would not change when the budget does.</summary>
    [Fact]
    public void AHindcast_HasNotSeenItsBudget()
    {
        var points = Study(1);
        var largest = points.Map(p => p.Flops).Max();
        var moved = points.Map(p => p.Flops >= largest / 1.1 ? p with { Loss = p.Loss * 1.05 } : p).Strict();
        var (before, after) = (Of(points, Target()).Candidates, Of(moved, Target()).Candidates);
        foreach (var candidate in before)
            Assert.Equal(candidate.Hindcasts.Last.Head.Predicted, after.Find(c => c.Name == candidate.Name).Map(c => c.Hindcasts.Last.Head.Predicted).IfNone(0), 1e-12);
    }

    [Fact]
    public void ModelsThatAreStillStartingUp_TakeNoPart()
    {
        var points = Study(1).Map((i, p) => i % 7 == 6 && p.Flops < 5e10 ? p with { Loss = p.Loss * 1.6 } : p).ToSeq().Strict();
        Assert.True(Of(points, Target()).Points.Count < points.Count);
        Assert.Equal(truth.At(Target().Params, Target().Tokens), Of(points, Target()).Loss.Value, 0.01);
    }

    [Fact]
    public void WithoutAHindcastAtThatDistance_NothingIsPromised()
    {
        var refusal = Forecasting.Of(Study(1), Target(times: 64)).Match(Right: _ => "a forecast 64 times out", Left: refusal => refusal.ToString());
        Assert.Contains("without a hindcast", refusal, StringComparison.Ordinal);
    }

    [Fact]
    public void ATargetThatIsKnownAlready_IsNoForecast() =>
        Assert.Contains("needs smaller runs", Forecasting.Of(Study(1), Target(times: 0.5)).Match(Right: _ => "a forecast", Left: r => r.ToString()), StringComparison.Ordinal);

    [Theory]
    [InlineData(0.15, true)]
    [InlineData(0.17, false)]
    public void AVerdict_SaysPlainlyWhetherTheIntervalCovers(double measured, bool covered)
    {
        var verdict = new ForecastVerdict(new(0.151, 0.145, 0.158), measured);
        Assert.Equal(covered, verdict.Covered);
        Assert.Contains(covered ? "covers the truth" : "does NOT cover the truth", verdict.Text(), StringComparison.Ordinal);
    }
}
