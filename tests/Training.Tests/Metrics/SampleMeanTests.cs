using Flow.Domain.Laws;
using Flow.Domain.Random;
using Flow.Training.Metrics;
using Xunit;

namespace Flow.Training.Tests.Metrics;

public sealed class SampleMeanTests
{
    [Fact]
    public void TheInterval_IsAboutTwoStandardErrorsWideOnEachSide()
    {
        var normals = Normals(400, sample: 1);
        var interval = SampleMean.Of(normals, seed: 3);
        Assert.InRange(interval.High - interval.Low, 2 * 1.96 / 20 * 0.85, 2 * 1.96 / 20 * 1.15);
        Assert.InRange(interval.Value, interval.Low, interval.High);
    }

    [Fact]
    public void TheInterval_CoversTheTruthAboutAsOftenAsItSays()
    {
        var covered = Enumerable.Range(0, 200).Count(s => SampleMean.Of(Normals(60, s), seed: s, resamples: 300) is { Low: <= 0, High: >= 0 });
        Assert.InRange(covered, 176, 200);
    }

    [Fact]
    public void TheSameSeed_GivesTheSameInterval() =>
        Assert.Equal(SampleMean.Of([1, 2, 4], seed: 7), SampleMean.Of([1, 2, 4], seed: 7));

    [Fact]
    public void EqualValues_HaveNoSpread() =>
        Assert.Equal(new Estimate(2, 2, 2), SampleMean.Of([2, 2, 2], seed: 0));

    static double[] Normals(int count, int sample)
    {
        var values = new float[count];
        new CounterRandom(11, Purpose.Noise, 0, sample).Normal(values);
        return [.. values.Select(v => (double)v)];
    }
}
