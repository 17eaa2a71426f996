using Flow.TestData;
using Flow.Training.Metrics;
using LanguageExt;
using Xunit;

namespace Flow.Training.Tests.Metrics;

public sealed class DepthMetricsTests
{
    static readonly Dictionary<string, Func<DepthScores, double>> Metrics = new()
    {
        ["abs_relative_difference"] = s => s.AbsRel,
        ["squared_relative_difference"] = s => s.SqRel,
        ["rmse_linear"] = s => s.Rmse,
        ["rmse_log"] = s => s.RmseLog,
        ["log10"] = s => s.Log10,
        ["delta1_acc"] = s => s.Delta1,
        ["delta2_acc"] = s => s.Delta2,
        ["delta3_acc"] = s => s.Delta3,
        ["i_rmse"] = s => s.InverseRmse,
        ["silog_rmse"] = s => s.SiLog,
    };

    public static IEnumerable<object[]> MetricFiles => GoldenCases.Files("marigold_metrics*.safetensors");

    public static IEnumerable<object[]> AlignmentFiles => GoldenCases.Files("marigold_alignment*.safetensors");

    [GoldenTheory]
    [MemberData(nameof(MetricFiles))]
    public void EveryMetric_IsMarigoldsOnOneImageAndOnTheBatch(string file)
    {
        var golden = GoldenFile.Open(file);
        var (gt, pred, mask) = (golden.Floats("gt"), golden.Floats("pred"), golden.Longs("mask"));
        var images = (int)golden.Shape("gt")[0];
        var pixels = gt.Length / images;
        var scores = Enumerable.Range(0, images).Select(i => DepthMetrics.Score(
            [.. pred.Skip(i * pixels).Take(pixels).Select(p => (double)p)],
            gt.AsSpan(i * pixels, pixels),
            Mask(mask.AsSpan(i * pixels, pixels))).Single()).ToArray();
        foreach (var (name, metric) in Metrics)
        {
            foreach (var key in golden.Names.Where(n => n.StartsWith("img", StringComparison.Ordinal) && n.EndsWith('.' + name)))
                AssertRelative(golden.Floats(key)[0], metric(scores[int.Parse(key[3..key.IndexOf('.')])]), 1e-5, key);
            AssertRelative(golden.Floats($"batch.{name}")[0], metric(DepthMetrics.Mean(scores)), 1e-5, $"batch.{name}");
        }
    }

    [GoldenTheory]
    [MemberData(nameof(AlignmentFiles))]
    public void Alignment_ThenClipping_ThenMetrics_AreMarigoldsEvaluation(string file)
    {
        var golden = GoldenFile.Open(file);
        var (gt, pred, mask) = (golden.Floats("gt"), golden.Floats("pred"), Mask(golden.Longs("mask")));
        var fit = Alignment.LeastSquares(pred, gt, mask);
        // 1e-4: the reference solves in fp32
        AssertRelative(golden.Floats("scale")[0], fit.Scale, 1e-4, "scale");
        AssertRelative(golden.Floats("shift")[0], fit.Shift, 1e-4, "shift");
        AssertAll(golden.Floats("aligned"), fit.Apply(pred), 1e-4, "aligned");
        var protocol = new DepthProtocol(AlignmentKind.LeastSquares, double.Parse(golden.Metadata["clip_min"]), double.Parse(golden.Metadata["clip_max"]));
        AssertMetrics(golden, "eval", DepthMetrics.Evaluate(pred, gt, mask, protocol));
        AssertMetrics(golden, "disp.eval", DepthMetrics.Evaluate(pred, gt, mask, protocol with { Alignment = AlignmentKind.LeastSquaresDisparity }));
    }

    [Theory]
    [InlineData(AlignmentKind.LeastSquares)]
    [InlineData(AlignmentKind.MedianShiftScale)]
    public void AffineCopiesOfTheTruth_ScorePerfectly(AlignmentKind alignment)
    {
        var (truth, valid) = Scene();
        var prediction = truth.Select(g => -1 + 0.2f * g).ToArray();
        var scores = DepthMetrics.Evaluate(prediction, truth, valid, new DepthProtocol(alignment)).Single();
        Assert.InRange(scores.AbsRel, 0, 1e-5);
        Assert.Equal(1, scores.Delta1);
    }

    [Fact]
    public void ScaledCopiesOfTheTruth_ScorePerfectlyByMedianScale()
    {
        var (truth, valid) = Scene();
        var scores = DepthMetrics.Evaluate([.. truth.Select(g => 3 * g)], truth, valid, new DepthProtocol(AlignmentKind.MedianScale)).Single();
        Assert.InRange(scores.AbsRel, 0, 1e-6);
    }

    [Fact]
    public void AConstant_AlignsToTheMeanOfTheValidPixels()
    {
        var (truth, valid) = Scene();
        var mean = truth.Where((_, i) => valid[i]).Average(g => (double)g);
        var aligned = DepthMetrics.Aligned(DepthBaselines.Constant(truth.Length), truth, valid, AlignmentKind.LeastSquares);
        Assert.All(aligned, depth => Assert.Equal(mean, depth, 9));
    }

    [Fact]
    public void NoValidPixel_HasNoScore() =>
        Assert.True(DepthMetrics.Evaluate([1f, 2f], [0f, 0f], [false, false], new DepthProtocol()).IsNone);

    [Fact]
    public void LeastSquares_HasTheLeastSquaredErrorOfItsNeighbours()
    {
        var (truth, valid) = Scene();
        var prediction = truth.Select((g, i) => MathF.Sin(i) + 0.3f * g).ToArray();
        var best = Alignment.LeastSquares(prediction, truth, valid);
        double Error(Affine a) => truth.Select((g, i) => valid[i] ? Math.Pow(a.Apply(prediction[i]) - g, 2) : 0).Sum();
        foreach (var (ds, dt) in new[] { (1e-3, 0.0), (-1e-3, 0.0), (0.0, 1e-3), (0.0, -1e-3) })
            Assert.True(Error(best) < Error(new Affine(best.Scale + ds, best.Shift + dt)));
    }

    [Fact]
    public void MeanMap_IsThePixelwiseMean() =>
        Assert.Equal([1f, 0.5f], DepthBaselines.MeanMap([[0f, 1f], [2f, 0f]]));

    static (float[] Truth, bool[] Valid) Scene()
    {
        var truth = Enumerable.Range(0, 200).Select(i => 2 + MathF.Sin(i * 0.37f) + i * 0.01f).ToArray();
        return (truth, [.. truth.Select((_, i) => i % 7 != 0)]);
    }

    static void AssertMetrics(GoldenFile golden, string prefix, Option<DepthScores> scores)
    {
        foreach (var (name, metric) in Metrics)
            AssertRelative(golden.Floats($"{prefix}.{name}")[0], metric(scores.Single()), 1e-4, $"{prefix}.{name}");
    }

    static bool[] Mask(ReadOnlySpan<long> mask) => [.. mask.ToArray().Select(m => m != 0)];

    static void AssertAll(float[] want, double[] got, double relative, string what)
    {
        for (var i = 0; i < want.Length; i++)
            Assert.True(Math.Abs(want[i] - got[i]) <= relative * want.Max(Math.Abs), $"{what}[{i}]: {got[i]} instead of {want[i]}");
    }

    static void AssertRelative(double want, double got, double relative, string what) =>
        Assert.True(Math.Abs(want - got) <= relative * Math.Abs(want), $"{what}: {got} instead of {want}");
}
