using Flow.TestData;
using Flow.Training.Metrics;
using Xunit;

namespace Flow.Training.Tests.Metrics;

public sealed class FlowMetricsTests
{
    public static IEnumerable<object[]> Files => GoldenCases.Files("flow_epe*.safetensors");

    [GoldenTheory]
    [MemberData(nameof(Files))]
    public void EndPointErrorsAndOutliers_AreRafts(string file)
    {
        var golden = GoldenFile.Open(file);
        var shape = golden.Shape("flow_gt");
        var (images, pixels) = ((int)shape[0], (int)(shape[2] * shape[3]));
        var truth = golden.Floats("flow_gt").Chunk(2 * pixels).ToArray();
        var prediction = golden.Floats("preds").Chunk(2 * pixels).TakeLast(images).ToArray();
        var valid = golden.Floats("valid").Select(v => v >= 0.5f).Chunk(pixels).ToArray();

        var all = Enumerable.Range(0, images).Select(i => Score(prediction[i], truth[i], Everywhere(pixels))).ToArray();
        AssertRelative(golden, "sintel_epe", FlowMetrics.Pooled(all).EndPointError);
        AssertRelative(golden, "sintel_1px", FlowMetrics.Pooled(all).Within1);
        AssertRelative(golden, "sintel_3px", FlowMetrics.Pooled(all).Within3);
        AssertRelative(golden, "sintel_5px", FlowMetrics.Pooled(all).Within5);

        Assert.All(golden.Floats("epe_map").Chunk(pixels).Zip(all), image => Assert.Equal(image.Item1.Average(), image.Item2.EndPointError, 1e-5));

        var masked = Enumerable.Range(0, images).Select(i => Score(prediction[i], truth[i], valid[i])).ToArray();
        AssertRelative(golden, "kitti_epe", masked.Average(s => s.EndPointError));
        AssertRelative(golden, "kitti_f1", 100 * FlowMetrics.Pooled(masked).Outliers);

        var bounded = FlowMetrics.Pooled([.. Enumerable.Range(0, images)
            .Select(i => Score(prediction[i], truth[i], [.. valid[i].Select((v, p) => v && Length(truth[i], p, pixels) < 400)]))]);
        AssertRelative(golden, "seq_epe", bounded.EndPointError);
        AssertRelative(golden, "seq_1px", bounded.Within1);
        AssertRelative(golden, "seq_3px", bounded.Within3);
        AssertRelative(golden, "seq_5px", bounded.Within5);
    }

    [Fact]
    public void TheAffineFit_MendsAnyScaleAndShiftOfEachComponent()
    {
        float[] truth = [1, 2, 5, 7, -3, 4, 0, 2];
        float[] prediction = [.. truth.Select((x, i) => i < 4 ? 0.1f * x + 3 : -2 * x - 1)];
        Assert.True(Score(prediction, truth, Everywhere(4)).EndPointError > 1);
        Assert.InRange(Score(FlowMetrics.Fitted(prediction, truth, Everywhere(4)), truth, Everywhere(4)).EndPointError, 0, 1e-5);
    }

    [Fact]
    public void Outliers_NeedBothThreePixelsAndFivePercent()
    {
        // 4 pixels off at length 100 is 4 %, no outlier; at length 10 it is one; 2 pixels off never is
        float[] truth = [100, 10, 1, 0, 0, 0];
        float[] prediction = [104, 14, 3, 0, 0, 0];
        Assert.Equal(1.0 / 3, Score(prediction, truth, Everywhere(3)).Outliers, 12);
    }

    static FlowScores Score(float[] prediction, float[] truth, bool[] valid) => FlowMetrics.Score(prediction, truth, valid).Single();

    static bool[] Everywhere(int pixels) => [.. Enumerable.Repeat(true, pixels)];

    static double Length(float[] flow, int pixel, int pixels) => Math.Sqrt(flow[pixel] * flow[pixel] + flow[pixel + pixels] * flow[pixel + pixels]);

    static void AssertRelative(GoldenFile golden, string name, double got)
    {
        var want = golden.Floats(name)[0];
        Assert.True(Math.Abs(want - got) <= 1e-5 * Math.Abs(want), $"{name}: {got} instead of {want}");
    }
}
