using Flow.Domain.Laws;
using Flow.TestData;
using LanguageExt;
using Xunit;

namespace Flow.Domain.Tests.Laws;

public class BrokenLawTests
{
    static BrokenFit Fit(Seq<(double X, double Y)> points) => BrokenLaw.Fit(points, new(Resamples: 10)).IfLeft(r => throw new InvalidOperationException(r.ToString()));

    static double Rmsle(BrokenFit fit, IEnumerable<(double X, double Y)> points) =>
        Math.Sqrt(points.Average(p => Math.Pow(Math.Log(fit.Curve.At(p.X) / p.Y), 2)));

    /// <summary>Four-digit addition (Caballero et al.): 14 points before and in the break predict the last three; a law with a floor can't.</summary>
    [DataFact]
    public void FourDigitAddition_IsPredictedBeyondTheBreak()
    {
        var table = ScalingData.Table("bnsl/four_digit_addition.csv");
        var (x, y, split) = (table.Column("train_examples"), table.Column("test_ce"), table.Names("split").IfNone([]));
        var points = x.Select((v, i) => (X: v, Y: y[i], Split: split[i])).ToArray();
        var (seen, later) = (points.Where(p => p.Split == "fit").Select(p => (p.X, p.Y)).ToSeq(), points.Where(p => p.Split != "fit").Select(p => (p.X, p.Y)).ToArray());
        Assert.Equal((14, 3), (seen.Count, later.Length));
        var fit = Fit(seen);
        Assert.InRange(fit.Spread, 5e-4, 6.1e-4);
        Assert.InRange(Rmsle(fit, later), 0, 0.013);
        Assert.Contains(Reason.Curvature, fit.Warnings.Map(w => w.Reason));
        var floored = PowerLaw.Fit(seen, new(Floor.Fitted, Resamples: 10)).IfLeft(r => throw new InvalidOperationException(r.ToString()));
        Assert.InRange(Math.Sqrt(later.Average(p => Math.Pow(Math.Log(floored.At(p.X) / p.Y), 2))), 0.3, 2);
    }

    /// <summary>
    /// Noise-free points of the same law up to 405, all before its break at 613 (noiseless_truth.json): the bend that has begun says where the break will be,
    /// and all 4,095 points are predicted.
    /// </summary>
    [Fact]
    public void ABreakBeyondNoiseFreePoints_IsFound()
    {
        var truth = new BrokenCurve(0.41388453071629455, 2.2772722897737556, 0.055077348404973955, 5.662903816010331, 612.5836172918001, 0.059193036393742314);
        var fit = Fit(Enumerable.Range(1, 405).Select(x => ((double)x, truth.At(x))).ToSeq());
        Assert.Equal(truth.D, fit.Curve.D, 0.01);
        Assert.All(Enumerable.Range(1, 4095), x => Assert.Equal(0, Math.Log(fit.Curve.At(x) / truth.At(x)), 1e-4));
        Assert.Contains(fit.Warnings, warning => warning.Text.Contains("lies outside the points", StringComparison.Ordinal));
    }

    [Fact]
    public void APowerLaw_ShowsNoBreak()
    {
        var fit = Fit(Enumerable.Range(0, 12).Select(i => Math.Pow(10, i * 0.4)).Select(x => (x, 3 * Math.Pow(x, -0.2))).ToSeq());
        Assert.DoesNotContain(Reason.Curvature, fit.Warnings.Map(w => w.Reason));
        Assert.InRange(fit.Spread, 0, 1e-4);
    }

    [Fact]
    public void SixPoints_AreRefused() =>
        Assert.True(BrokenLaw.Fit(Enumerable.Range(1, 6).Select(x => ((double)x, 1.0 / x)).ToSeq()).IsLeft);

    /// <summary>Noise of 0.5 %: the intervals of both slopes, of the break and of a prediction beyond the points hold the truth, and say something.</summary>
    [Fact]
    public void Intervals_HoldTheTruth()
    {
        var truth = new BrokenCurve(0.05, 2, 0.05, 0.3, 1e4, 0.2);
        var normals = new float[40];
        new Flow.Domain.Random.CounterRandom(3, Flow.Domain.Random.Purpose.Noise, 1, 0).Normal(normals);
        var fit = BrokenLaw.Fit(Enumerable.Range(0, 40).Select(i => Math.Pow(10, 1 + 0.15 * i)).Select((x, i) => (x, truth.At(x) * Math.Exp(0.005 * normals[i]))).ToSeq(), new(Resamples: 200))
            .IfLeft(r => throw new InvalidOperationException(r.ToString()));
        Assert.Equal(200, fit.Resampled.Count);
        foreach (var (estimate, value) in new[] { (fit.Of(c => c.C0), 0.05), (fit.Of(c => c.C0 + c.C1), 0.35), (fit.Of(c => c.D), 1e4), (fit.Band(2e7), truth.At(2e7)) })
        {
            Assert.True(estimate.Covers(value), $"{estimate} does not hold {value}");
            Assert.InRange(estimate.High / estimate.Low, 1.0001, 4);
        }
    }

    /// <summary>Points of one run share their noise and are drawn together: two runs of three shifted by 2 % make a wider interval than independent points would.</summary>
    [Fact]
    public void PointsOfOneRun_AreDrawnTogether()
    {
        var truth = new BrokenCurve(0.05, 2, 0.05, 0.3, 1e4, 0.2);
        Seq<Observation> Points(Func<int, string> run) => Enumerable.Range(0, 60)
            .Select(i => new Observation(Math.Pow(10, 1 + 0.3 * (i / 3)), truth.At(Math.Pow(10, 1 + 0.3 * (i / 3))) * (1 + 0.02 * (i % 3 - 1)), run(i))).ToSeq().Strict();
        double Width(Func<int, string> run)
        {
            var floor = BrokenLaw.Fit(Points(run), new(Resamples: 100)).IfLeft(r => throw new InvalidOperationException(r.ToString())).Band(100);
            return floor.High / floor.Low - 1;
        }
        Assert.True(Width(i => $"{i % 3}") > 2 * Width(i => $"{i}"));
    }
}
