using Flow.Dataflow.Codecs;
using Flow.Dataflow.Preprocess;
using Flow.TestData;
using Xunit;

namespace Flow.Dataflow.Tests.Preprocess;

public sealed class TargetTests
{
    [Fact]
    public void Quantile_InterpolatesAsTorchDoes()
    {
        float[] sorted = [0.5f, 1, 2, 3.5f, 4, 7, 10];
        Assert.Equal(0.56, DepthTarget.Quantile(sorted, 0.02), 1e-6);
        Assert.Equal(9.64, DepthTarget.Quantile(sorted, 0.98), 1e-6);
    }

    [Fact]
    public void Depth_RunsFromMinusOneToOne_AndIgnoresInvalidPixels()
    {
        float[] metres = [.. Enumerable.Range(0, 101).Select(i => 1 + i / 10f), float.NaN, 0, 70];
        var plane = DepthTarget.Normalise(metres);
        Assert.Equal(-1, plane[0]);
        Assert.Equal(1, plane[100]);
        Assert.Equal(0, plane[50], 1e-6f);
        Assert.Equal(2 * (3 - 1.2f) / 9.6f - 1, plane[20], 1e-5f);
        Assert.Equal([-1f, -1f, -1f], plane[101..]);
    }

    [Fact]
    public void Depth_OfNothingOrOfOneValue_IsFinite()
    {
        Assert.All(DepthTarget.Normalise([float.NaN, 0]), value => Assert.Equal(-1, value));
        Assert.All(DepthTarget.Normalise([2, 2, 2]), value => Assert.InRange(value, -1, 1));
    }

    [Fact]
    public void Flow_ShrinksWithTheImage()
    {
        var flow = new FloatImage(4, 8, 2, [.. Enumerable.Repeat(new[] { 8f, 4f }, 32).SelectMany(uv => uv)]);
        var small = FlowTarget.Resize(flow, 2);
        Assert.Equal([2f, 2f], small.Values[..2]);
        Assert.Equal([0.5f, 0.5f, 0.5f], new[] { 0, 4, 8 }.Select(i => FlowTarget.Draw(small, 4)[i]));
    }

    [Fact]
    public void Flow_Mirrored_RunsTheOtherWay()
    {
        var flow = new FloatImage(1, 2, 2, [1, 2, 3, 4]);
        Assert.Equal([-3f, 4f, -1f, 2f], FlowTarget.Mirror(flow).Values);
    }

    [GoldenFact]
    public void MasksAndImages_AreEncodedAsInPix2Gestalt()
    {
        var golden = GoldenFile.Open("mask_threshold.safetensors");
        var mask = Array.ConvertAll(golden.Longs("visible_mask"), value => (byte)value);
        Assert.All(Planes.OfMask(mask).Zip(golden.Floats("visible_mask_input"), (a, b) => a - b), gap => Assert.InRange(gap, -1e-6, 1e-6));
        var rgb = new RgbImage(20, 24, Array.ConvertAll(golden.Longs("rgb"), value => (byte)value));
        Assert.All(Planes.Of(rgb).Zip(golden.Floats("rgb_input"), (a, b) => a - b), gap => Assert.InRange(gap, -1e-6, 1e-6));
    }
}
