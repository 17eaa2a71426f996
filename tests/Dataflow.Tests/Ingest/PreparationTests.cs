using Flow.Dataflow.Codecs;
using Flow.Dataflow.Ingest;
using Flow.Dataflow.Sources;
using Flow.Domain.Runs;
using Flow.Storage.Shards;
using Xunit;

namespace Flow.Dataflow.Tests.Ingest;

/// <summary>What a sample is drawn as before the encoder sees it.</summary>
public sealed class PreparationTests
{
    /// <summary>The released generalist shows the valid pixels of a depth map as 0 and 1, not as -1 and 1.</summary>
    [Fact]
    public void TheDepthPrompt_IsTheMaskOfValidPixels_AsZeroAndOne_AndItsMirror()
    {
        var metres = new FloatImage(2, 2, 1, [1f, float.NaN, 2f, 80f]); // 80 m is beyond what Hypersim's files can mean
        var preparation = Preparation.For(PerceptionTask.Depth, 2);
        var sample = preparation.Prepare(new RawSample(new SampleRef(0, "0", 0), new RgbImage(2, 2, new byte[12]), new GroundTruth.Depth(metres)));
        Assert.Equal([1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0], Of(BlobSpec.Prompt));
        Assert.Equal([0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1], Of(BlobSpec.Prompt + BlobSpec.FlipSuffix));

        float[] Of(string blob) => sample.Images[preparation.Images.ToList().IndexOf(blob)];
    }

    [Fact]
    public void APhotographOfOnesOwn_IsPromptedAsIfEveryPixelCounted()
    {
        var shown = Preparation.For(PerceptionTask.Depth, 2).Conditions(new RgbImage(3, 5, new byte[45]), next: null, visibleMask: null);
        Assert.Equal(2, shown.Count);
        Assert.All(shown[1], value => Assert.Equal(1, value));
    }
}
