using Flow.Domain.Laws;
using Flow.Domain.Random;
using LanguageExt;
using Xunit;

namespace Flow.Domain.Tests.Laws;

public class FamilyComparisonTests
{
    static PowerLawFit Law(double prefactor, double exponent, double noise = 0.002, int seed = 0)
    {
        var normals = new float[8];
        new CounterRandom(seed, Purpose.Noise, 1, 0).Normal(normals);
        return PowerLaw.Fit(Enumerable.Range(0, 8).Select(i => (X: 1e17 * Math.Pow(10, 0.3 * i), i))
            .Select(p => (p.X, prefactor * Math.Pow(p.X, exponent) * Math.Exp(noise * normals[p.i]))).ToSeq(), new(Floor.None, Resamples: 300))
            .IfLeft(r => throw new InvalidOperationException(r.ToString()));
    }

    [Fact]
    public void AClearDifference_IsDecidedAndSaid()
    {
        var comparison = FamilyComparison.Of("A", Law(2.39, -0.0273), "B", Law(2.39, -0.0385, seed: 1), 1e18);
        Assert.True(comparison.Decided);
        Assert.True(comparison.Exponents.Low > 0);
        Assert.True(comparison.LossRatio.Low > 1);
        Assert.StartsWith("At 1E+18, B is better", comparison.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void EqualFamilies_AreNotDecided()
    {
        var comparison = FamilyComparison.Of("A", Law(2, -0.03, 0.01), "B", Law(2, -0.03, 0.01, 1), 1e18);
        Assert.False(comparison.Decided);
        Assert.True(comparison.Exponents.Covers(0));
        Assert.Contains("do not decide", comparison.Sentence, StringComparison.Ordinal);
    }

    /// <summary>
    /// Liang et al.'s sparse and dense captions: FID laws 1.059e6 C^-.216 and 2.2566e6 C^-.234 cross at (2.2566/1.059)^(1/.018) = 1.8e18 FLOPs, inside
    /// the fitted range, so the verdict turns with the budget.
    /// </summary>
    [Fact]
    public void TheTwoCaptionSets_CrossInsideTheFittedRange()
    {
        var (sparse, dense) = (Law(1.059e6, -0.216), Law(2.2566e6, -0.234, seed: 1));
        var exact = FamilyComparison.Of("sparse", Law(1.059e6, -0.216, 0), "dense", Law(2.2566e6, -0.234, 0), 1e19);
        Assert.Equal(1.8e18, exact.Crossing.Map(c => c.Value).IfNone(0), 0.1e18);
        Assert.Contains("depends on the budget", exact.Sentence, StringComparison.Ordinal);
        Assert.True(FamilyComparison.Of("sparse", sparse, "dense", dense, 1e17).LossRatio.Value < 1);
        Assert.True(FamilyComparison.Of("sparse", sparse, "dense", dense, 1e20).LossRatio.Value > 1);
    }

    [Fact]
    public void ParallelLaws_NeverCross()
    {
        var comparison = FamilyComparison.Of("A", Law(2, -0.03, 0), "B", Law(3, -0.03, 0), 1e18);
        Assert.True(comparison.Crossing.IsNone);
        Assert.Null(comparison.Json()["crossing"]);
    }

    /// <summary>Two loss surfaces that want model size to grow at different rates: N* ~ C^.5 and C^(0.25 / 0.65).</summary>
    [Fact]
    public void Profiles_AreComparedByTheExponentsOfSizeAndData()
    {
        static Family Of(string name, double alpha, double beta) => IsoFlop.Fit(Enumerable.Range(0, 6).SelectMany(budget => Enumerable.Range(-4, 9).Select(step =>
        {
            var flops = 1e17 * Math.Pow(10, budget * 0.5);
            var best = Math.Pow(alpha * 400 / (beta * 400), 1 / (alpha + beta)) * Math.Pow(flops / 6, beta / (alpha + beta));
            var size = best * Math.Pow(1.3, step);
            return new TrainingPoint(size, flops / 6 / size, flops, 1.7 + 400 / Math.Pow(size, alpha) + 400 / Math.Pow(flops / 6 / size, beta), "");
        })).ToSeq(), new IsoFlopOptions(Laws: new(Resamples: 50))).Match(fit => new Family(name, fit.Loss, fit), r => throw new InvalidOperationException(r.ToString()));
        var comparison = FamilyComparison.Of(Of("even", 0.3, 0.3), Of("hungry", 0.4, 0.25), 1e18);
        var (sizes, data) = comparison.Allocation.IfNone(() => throw new InvalidOperationException());
        Assert.Equal(0.5 - 0.25 / 0.65, sizes.Value, 0.005);
        Assert.Equal(-sizes.Value, data.Value, 1e-6);
        Assert.Contains("N* ~ C^a", comparison.Text(), StringComparison.Ordinal);
    }
}
