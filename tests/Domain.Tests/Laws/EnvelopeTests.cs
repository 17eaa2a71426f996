using Flow.Domain.Laws;
using LanguageExt;
using Xunit;

namespace Flow.Domain.Tests.Laws;

public class EnvelopeTests
{
    /// <summary>Curves of eleven models under L = 1 + A/N^.3 + B/D^.3, read at 40 checkpoints each.</summary>
    static Seq<TrainingPoint> Curves(int models = 11) => Enumerable.Range(0, models).SelectMany(m => Enumerable.Range(0, 40).Select(k =>
    {
        var (n, d) = (1e6 * Math.Pow(2, m), 1e6 * Math.Pow(10, 5.0 * k / 39));
        return new TrainingPoint(n, d, 6 * n * d, 1 + 40 * Math.Pow(n, -0.3) + 40 * Math.Pow(d, -0.3), $"model {m}");
    })).ToSeq();

    [Fact]
    public void TheEnvelope_HasTheExponentsOfTheSurface()
    {
        var fit = Envelope.Fit(Curves(), new(Resamples: 50)).IfLeft(r => throw new InvalidOperationException(r.ToString()));
        // Sizes are a factor 2 apart, so the best one moves in steps; on average it follows C^(1/2).
        Assert.Equal(0.5, fit.Params.Exponent.Value, 0.03);
        Assert.Equal(1, fit.Loss.Irreducible.Map(e => e.Value).IfNone(0), 0.05);
    }

    [Fact]
    public void NoPointOfTheEnvelope_IsAboveAnyCurve()
    {
        var curves = Curves();
        var fit = Envelope.Fit(curves, new(Resamples: 10)).IfLeft(r => throw new InvalidOperationException(r.ToString()));
        foreach (var best in fit.Points)
            foreach (var run in curves.GroupBy(p => p.Run).Where(g => g.Min(p => p.Flops) < best.Flops && g.Max(p => p.Flops) > best.Flops))
                Assert.True(run.Where(p => p.Flops <= best.Flops).Min(p => p.Loss) >= best.Loss * 0.999 || run.Key == best.Run || run.First(p => p.Flops > best.Flops).Loss < best.Loss
                    || run.Last(p => p.Flops <= best.Flops).Loss >= best.Loss);
    }

    [Fact]
    public void TheSmallestAndTheLargestModel_AreNeverTheAnswer()
    {
        var fit = Envelope.Fit(Curves(), new(Resamples: 10)).IfLeft(r => throw new InvalidOperationException(r.ToString()));
        Assert.DoesNotContain("model 0", fit.Points.Map(p => p.Run));
        Assert.DoesNotContain("model 10", fit.Points.Map(p => p.Run));
    }

    [Fact]
    public void TwoCurves_AreRefused() => Assert.True(Envelope.Fit(Curves(2)).IsLeft);
}
