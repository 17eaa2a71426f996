using Flow.Domain.Laws;
using Flow.Domain.Laws.Optimise;
using Flow.TestData;
using LanguageExt;
using Xunit;

namespace Flow.Domain.Tests.Laws;

public class ParametricLawTests
{
    static readonly LossSurface hoffmann = new(1.69, 406.4, 410.7, 0.34, 0.28);

    static ParametricFit Fit(Seq<TrainingPoint> points, int resamples = 0, ParametricMethod method = ParametricMethod.Huber, double delta = 1e-3) =>
        ParametricLaw.Fit(points, new(method, delta, Resamples: resamples)).IfLeft(r => throw new InvalidOperationException(r.ToString()));

    static void Near(double expected, double actual, double relative) => Assert.Equal(expected, actual, Math.Abs(relative * expected));

    /// <summary>Epoch's 240 points: the global minimum of the sum, and Epoch's printed constants (tolerances of the data's README).</summary>
    [DataFact]
    public void EpochsPoints_GiveEpochsConstants()
    {
        var fit = Fit(ScalingData.Epoch240());
        Assert.Equal(240, fit.Observations.Count);
        Assert.InRange(fit.Sum, 0.00101, 0.0010183);
        Assert.Equal(1.8172, fit.Surface.E, 0.001);
        Assert.Equal(0.34731, fit.Surface.Alpha, 0.0005);
        Assert.Equal(0.36717, fit.Surface.Beta, 0.0008);
        Near(477.8, fit.Surface.A, 0.02);
        Near(2143, fit.Surface.B, 0.03);
    }

    /// <summary>4,000 resamples: the standard errors in Epoch's headline table within 15 %, and the interval of the allocation.</summary>
    [DataFact]
    public void EpochsBootstrap_GivesEpochsStandardErrors()
    {
        var fit = Fit(ScalingData.Epoch240(), 4000);
        double Error(Func<LossSurface, double> of) => Bootstrap.StandardDeviation(fit.Resampled.Map(of).ToArray());
        Near(0.0257, Error(s => s.E), 0.15);
        Near(124.52, Error(s => s.A), 0.15);
        Near(1293.28, Error(s => s.B), 0.15);
        Near(0.0154, Error(s => s.Alpha), 0.15);
        Near(0.0206, Error(s => s.Beta), 0.15);
        Near(0.020, Error(s => s.ParamsExponent), 0.15);
        Near(74.0e9, fit.OptimalParams(5.88e23).Value, 0.01);
        Near(52.5e9, fit.OptimalParams(5.88e23).Low, 0.1);
        Near(113.4e9, fit.OptimalParams(5.88e23).High, 0.1);
        Assert.Empty(fit.Warnings);
    }

    /// <summary>Five outliers out of 245 move the allocation's exponent from .514 to .565: robust loss or not, say which points were left out.</summary>
    [DataFact]
    public void FiveOutliers_MoveTheExponentByFiveHundredths()
    {
        var fit = Fit(ScalingData.Epoch());
        Near(1.8913, fit.Surface.E, 1e-4);
        Near(0.45305, fit.Surface.Beta, 1e-4);
        Assert.Equal(0.5646, fit.Surface.ParamsExponent, 1e-3);
    }

    [DataFact]
    public void VariableProjection_AgreesWithItsReference() =>
        Assert.Equal(0.5446, Fit(ScalingData.Epoch240(), method: ParametricMethod.VariableProjection).Surface.ParamsExponent, 1e-4);

    /// <summary>CS336's surface has no noise: the constants come back to 1e-5, and so does the published fit through the lowest points.</summary>
    [DataFact]
    public void TheNoiseFreeSurface_ComesBack()
    {
        foreach (var method in new[] { ParametricMethod.VariableProjection, ParametricMethod.Huber })
        {
            var surface = Fit(ScalingData.Cs336(), method: method).Surface;
            Near(2.69, surface.E, 1e-5);
            Near(1606.4, surface.A, 1e-5);
            Near(3210.7, surface.B, 1e-5);
            Near(0.34, surface.Alpha, 1e-5);
            Near(0.36, surface.Beta, 1e-5);
        }
    }

    [DataFact]
    public void TheLowestPoints_GiveThePublishedButBiasedExponent()
    {
        var lowest = ScalingData.Cs336().GroupBy(p => p.Flops).Select(g => g.MinBy(p => p.Loss)).Select(p => (p.Flops, p.Params)).ToSeq();
        var fit = PowerLaw.Fit(lowest, new(Floor.None, Resamples: 10)).IfLeft(r => throw new InvalidOperationException(r.ToString()));
        Assert.Equal(0.468683, fit.Exponent.Value, 1e-6);
        Near(1.163411, fit.Prefactor.Value, 1e-5);
        Near(70.05e9, fit.At(1e23), 1e-3);
        Near(206.1e9, fit.At(1e24), 1e-3);
        Assert.Equal(0.514286, Fit(ScalingData.Cs336(), method: ParametricMethod.VariableProjection).Surface.ParamsExponent, 1e-6);
    }

    /// <summary>OLMo's ladder predicts its 13B model on 5T tokens; all published predictions within 1e-5, also where E reaches 0.</summary>
    [DataFact]
    public void OlmosLadder_ComesBackTaskByTask()
    {
        var ladder = ScalingData.Table("olmo_ladder/ladder_final_points.csv");
        var published = ScalingData.Table("olmo_ladder/published_step1_main.csv");
        foreach (var column in ladder.Columns.Filter(c => c.StartsWith("bpb_", StringComparison.Ordinal)))
        {
            var expected = double.Parse(published.Rows.Find(r => r[0] == $"{column[4..]}_5shot").IfNone(() => throw new InvalidDataException(column))[2]);
            Assert.Equal(expected, Predicted13B(ladder, column), 1e-5);
        }
        Assert.Equal(2.3443873, Predicted13B(ladder, "c4_ce"), 1e-5);
    }

    static double Predicted13B(CsvTable ladder, string column)
    {
        var (n, d, mode, size) = (ladder.Column("params"), ladder.Column("tokens"), ladder.Names("mode").IfNone([]), ladder.Names("size").IfNone([]));
        var loss = ladder.Column(column);
        var train = Enumerable.Range(0, n.Length).Where(i => mode[i] == "train").Select(i => new TrainingPoint(n[i], d[i], 6 * n[i] * d[i], loss[i])).ToSeq();
        Assert.Equal(16, train.Count);
        var target = System.Array.IndexOf(size, "13B-5T");
        return Fit(train).Surface.At(n[target], d[target]);
    }

    /// <summary>The fit error of OLMo's ladder on c4 is 0.25 %, yet 16 points do not fix the exponents: that must be said.</summary>
    [DataFact]
    public void ASmallFitError_DoesNotHideWhatIsNotIdentified()
    {
        var ladder = ScalingData.Table("olmo_ladder/ladder_final_points.csv");
        var (n, d, loss, mode) = (ladder.Column("params"), ladder.Column("tokens"), ladder.Column("c4_ce"), ladder.Names("mode").IfNone([]));
        var fit = Fit(Enumerable.Range(0, n.Length).Where(i => mode[i] == "train").Select(i => new TrainingPoint(n[i], d[i], 6 * n[i] * d[i], loss[i])).ToSeq(), 400);
        Assert.InRange(fit.ResidualSpread, 0.0005, 0.006);
        Assert.Contains(Reason.NotIdentified, fit.Warnings.Map(w => w.Reason));
    }

    /// <summary>Trap: Hoffmann rounded alpha and beta to two digits, which quadruples the objective.</summary>
    [DataFact]
    public void RoundedExponents_QuadrupleTheObjective()
    {
        var points = new SurfaceFit(ScalingData.Epoch240().ToArray());
        var unrounded = new LossSurface(Math.Exp(.5267228), Math.Exp(6.0073404), Math.Exp(6.0179186), .33917084, .2849083);
        Near(1.2312e-3, points.Sum(unrounded, 1e-3), 1e-3);
        Near(4.121e-3, points.Sum(hoffmann, 1e-3), 1e-3);
    }

    /// <summary>
    /// Trap: the MEAN of Huber's losses is of order 1e-6, below an optimiser's usual absolute tolerance on the gradient (1e-5), which then stops far
    /// from the minimum; the sum does not. Ours is relative and does not mind either.
    /// </summary>
    [DataFact]
    public void TheMeanInsteadOfTheSum_StopsEarly()
    {
        var points = ScalingData.Epoch240().ToArray();
        var (n, d, loss) = (points.Select(p => Math.Log(p.Params)).ToArray(), points.Select(p => Math.Log(p.Tokens)).ToArray(), points.Select(p => Math.Log(p.Loss)).ToArray());
        var (meanN, meanD) = (n.Average(), d.Average());
        var objective = new PowerSum([[.. n.Select(v => v - meanN)], [.. d.Select(v => v - meanD)]], loss, true, 1e-3);
        double[] start = [0.5, Math.Log(406.4) - 0.34 * meanN, 0.34, Math.Log(410.7) - 0.28 * meanD, 0.28];
        double SumAt(double scale, LbfgsOptions stop) => objective.Value(Lbfgs.Minimise(
            (at, g) =>
            {
                var value = objective.Evaluate(at, g);
                for (var i = 0; i < g.Length; i++) g[i] *= scale;
                return scale * value;
            }, start, stop).At);
        var usual = new LbfgsOptions(RelativeDecrease: 0, Gradient: 1e-5);
        Assert.True(SumAt(1.0 / 240, usual) > 1.03 * SumAt(1, usual));
        Near(SumAt(1, new()), SumAt(1.0 / 240, new(Gradient: 0)), 1e-6);
    }

    /// <summary>The plan does not only depend on the points: delta is a choice, and it is reported.</summary>
    [DataFact]
    public void TheDeltaOfHubersLoss_MovesTheConstants() =>
        Assert.True(Math.Abs(Fit(ScalingData.Epoch240(), delta: 1e-4).Surface.Beta - Fit(ScalingData.Epoch240()).Surface.Beta) > 1e-4);

    /// <summary>Variable projection has none of the parabolas' bias, however wide the grid.</summary>
    [Theory]
    [InlineData(2)]
    [InlineData(16)]
    public void VariableProjection_IsUnbiased(double wide)
    {
        var surface = Fit(IsoFlopTests.Surface(wide), method: ParametricMethod.VariableProjection).Surface;
        Near(hoffmann.OptimalTokens(1e24, 6), surface.OptimalTokens(1e24, 6), 1e-6);
    }

    [Fact]
    public void TheOptimum_IsWhereNoOtherSplitIsBetter()
    {
        var n = hoffmann.OptimalParams(1e21, 6);
        var best = hoffmann.OptimalLoss(1e21, 6);
        Assert.Equal(best, hoffmann.At(n, 1e21 / (6 * n)), 1e-12);
        Assert.True(hoffmann.At(n * 1.1, 1e21 / (6.6 * n)) > best);
        Assert.True(hoffmann.At(n / 1.1, 1e21 / (6 / 1.1 * n)) > best);
    }

    [Fact]
    public void TheGradient_IsThatOfTheObjective()
    {
        var objective = new PowerSum([[-1, 0.5, 2], [1, -2, 0.3]], [0.1, 0.2, -0.1], true, 0.3);
        double[] at = [-0.2, 0.3, 0.4, -0.1, 0.2], gradient = new double[5];
        objective.Evaluate(at, gradient);
        for (var i = 0; i < at.Length; i++)
        {
            double Moved(double by) => objective.Value([.. at.Select((v, k) => k == i ? v + by : v)]);
            Assert.Equal((Moved(1e-6) - Moved(-1e-6)) / 2e-6, gradient[i], 1e-8);
        }
    }

    [Fact]
    public void AHandfulOfPoints_IsRefused()
    {
        var refusal = ParametricLaw.Fit(IsoFlopTests.Surface(2).Take(6)).Match(_ => throw new InvalidOperationException(), r => r);
        Assert.Equal(Reason.TooFewPoints, refusal.Findings.Head.Reason);
    }

    [Fact]
    public void AMissingNumber_IsRefusedAndShown()
    {
        var refusal = ParametricLaw.Fit(IsoFlopTests.Surface(2).Add(new(1e9, 0, 1e20, 2.5))).Match(_ => throw new InvalidOperationException(), r => r);
        Assert.Contains("Tokens = 0", refusal.ToString(), StringComparison.Ordinal);
    }
}
