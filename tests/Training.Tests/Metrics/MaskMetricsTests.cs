using Flow.Domain.Pictures;
using Flow.TestData;
using Flow.Training.Metrics;
using Xunit;

namespace Flow.Training.Tests.Metrics;

public sealed class MaskMetricsTests
{
    public static IEnumerable<object[]> IouFiles => GoldenCases.Files("mask_iou*.safetensors");

    public static IEnumerable<object[]> ThresholdFiles => GoldenCases.Files("mask_threshold*.safetensors");

    [GoldenTheory]
    [MemberData(nameof(IouFiles))]
    public void Iou_IsTheTextbooksOnEveryPair(string file)
    {
        var golden = GoldenFile.Open(file);
        var pairs = (int)golden.Shape("pred")[0];
        var pixels = golden.Longs("pred").Length / pairs;
        var overlaps = golden.Longs("pred").Chunk(pixels).Zip(golden.Longs("gt").Chunk(pixels), (p, g) => MaskMetrics.Overlap(Mask(p), Mask(g))).ToArray();
        Assert.Equal(golden.Longs("intersection"), overlaps.Select(o => o.Intersection));
        Assert.Equal(golden.Longs("union"), overlaps.Select(o => o.Union));
        Assert.Equal(golden.Floats("iou"), overlaps.Select(o => (float)o.Iou));
        Assert.Equal(golden.Floats("miou")[0], overlaps.Average(o => o.Iou), 6);
    }

    [GoldenTheory]
    [MemberData(nameof(ThresholdFiles))]
    public void Threshold_IsThePublishedOne_SwappedWeightsIncluded(string file)
    {
        var golden = GoldenFile.Open(file);
        var rgb = golden.Longs("rgb").Select(v => (byte)v).ToArray();
        Assert.Equal(golden.Longs("gray"), ObjectOnWhite.Gray(rgb, GrayWeights.Swapped).Select(g => (long)g));
        Assert.Equal(golden.Longs("amodal_mask"), ObjectOnWhite.Mask(rgb).Select(m => m ? 255L : 0));
    }

    [Fact]
    public void GrayWeights_DifferOnColouredPixels()
    {
        byte[] yellow = [255, 255, 200];
        Assert.True(ObjectOnWhite.Gray(yellow, GrayWeights.Swapped)[0] < ObjectOnWhite.Gray(yellow, GrayWeights.Rgb)[0]);
    }

    [Fact]
    public void TheThreshold_LosesTheWhitePartsOfAnObject()
    {
        byte[] whole = [10, 10, 10, 255, 255, 255, 255, 255, 255];
        Assert.Equal(0.5, MaskMetrics.Overlap(ObjectOnWhite.Mask(whole), [true, true, false]).Iou);
    }

    [Fact]
    public void TwoEmptyMasks_Agree() => Assert.Equal(1, MaskMetrics.Overlap([false], [false]).Iou);

    static bool[] Mask(long[] mask) => [.. mask.Select(m => m != 0)];
}
