using System.Security.Cryptography;
using Flow.Dataflow.Sources;
using Flow.Dataflow.Synth;
using Flow.Dataflow.Tests.Ingest;
using Flow.Domain;
using Flow.Domain.Data;
using Xunit;

namespace Flow.Dataflow.Tests.Synth;

/// <summary>Every layout, written and read back by the reader of the real data set.</summary>
public sealed class SynthWriterTests : IDisposable
{
    readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(DatasetLayout.Imagenet)]
    [InlineData(DatasetLayout.Hypersim)]
    [InlineData(DatasetLayout.HypersimMarigold)]
    [InlineData(DatasetLayout.FlyingChairs)]
    [InlineData(DatasetLayout.Pix2gestalt)]
    public void ALayout_IsReadBack_AndHasTheSameBytesTwice(DatasetLayout layout)
    {
        var spec = new DatasetSpec.Synthetic(layout, 13, 48, Seed: 5, Offset: 100);
        SynthWriter.Write(spec, folder["a"]);
        SynthWriter.Write(spec, folder["b"]);
        Assert.Equal(Hashes(folder["a"]), Hashes(folder["b"]));

        var source = Datasets.Open(new DatasetSpec.Folder(layout, folder["a"], "scenes", Size: 48), folder["a"]);
        Assert.Equal(13, source.Total);
        foreach (var sample in source.List())
        {
            var raw = source.Load(sample);
            var number = layout == DatasetLayout.Imagenet ? int.Parse(Path.GetFileNameWithoutExtension(sample.Key).Split('_')[1]) : sample.Id;
            Check(Synthetic.Render(spec, number), raw);
        }
    }

    [Fact]
    public void Splits_AreThoseOfTheTables()
    {
        SynthWriter.Write(new DatasetSpec.Synthetic(DatasetLayout.FlyingChairs, 21, 16), folder["chairs"]);
        Assert.Equal((19, 2), (FlyingChairs.Open(folder["chairs"], "train").Total, FlyingChairs.Open(folder["chairs"], "val").Total));
        SynthWriter.Write(new DatasetSpec.Synthetic(DatasetLayout.Hypersim, 105, 16), folder["hypersim"]);
        Assert.Equal((95, 10), (Hypersim.Open(folder["hypersim"], "train").Total, Hypersim.Open(folder["hypersim"], "val").Total));
        SynthWriter.Write(new DatasetSpec.Synthetic(DatasetLayout.HypersimMarigold, 105, 16), folder["marigold"]);
        Assert.Equal((95, 10), (HypersimMarigold.Open(folder["marigold"], "train").Total, HypersimMarigold.Open(folder["marigold"], "val").Total));
        SynthWriter.Write(new DatasetSpec.Synthetic(DatasetLayout.Pix2gestalt, 101, 16), folder["amodal"]);
        Assert.Equal((99, 2), (Pix2Gestalt.Open(folder["amodal"], "train").Total, Pix2Gestalt.Open(folder["amodal"], "val").Total));
    }

    [Fact]
    public void AFewScenes_KeepTheirLabels()
    {
        SynthWriter.Write(new DatasetSpec.Synthetic(DatasetLayout.Imagenet, 3, 16, Seed: 11), folder["few"]);
        var source = ImageNet.Open(folder["few"], "train");
        Assert.All(source.List(), sample => Assert.Equal(
            SceneRenderer.Render(11, int.Parse(Path.GetFileNameWithoutExtension(sample.Key).Split('_')[1]), 16).Label, sample.Label));
    }

    [Fact]
    public void OwnCamera_GivesTheSameDepth_WhereItIsTheStandardOne()
    {
        SynthWriter.Write(new DatasetSpec.Synthetic(DatasetLayout.Hypersim, 1, 32), folder["a"]);
        var depths = new[] { false, true }.Select(own => Hypersim.Open(folder["a"], "all", own)).Select(source =>
            ((GroundTruth.Depth)source.Load(source.List().First()).Truth).Metres.Values).ToArray();
        Assert.All(depths[0].Zip(depths[1], (a, b) => a / b), ratio => Assert.Equal(1, ratio, 1e-4f));
    }

    [Fact]
    public void AStoppedRun_LeavesNothing()
    {
        using var cancel = new CancellationTokenSource();
        Assert.ThrowsAny<OperationCanceledException>(() => SynthWriter.Write(
            new DatasetSpec.Synthetic(DatasetLayout.Imagenet, 10_000, 16), folder["a"], _ => cancel.Cancel(), cancel.Token));
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.Path));
    }

    [Fact]
    public void AFolderInUse_IsRefused()
    {
        File.WriteAllText(folder["x"], "mine");
        Assert.Throws<BadInputException>(() => SynthWriter.Write(new DatasetSpec.Synthetic(DatasetLayout.Imagenet, 1), folder.Path));
        Assert.True(File.Exists(folder["x"]));
    }

    static void Check(Scene scene, RawSample raw)
    {
        switch (raw.Truth)
        {
            case GroundTruth.Class:
                Assert.Equal(scene.Label, raw.Ref.Label);
                Assert.True(raw.Image.Pixels.Zip(scene.Rgb, (a, b) => Math.Abs(a - b)).Average() < 6);
                break;
            case GroundTruth.Depth depth:
                Assert.All(depth.Metres.Values.Zip(scene.Depth, (read, drawn) => read / drawn), ratio => Assert.InRange(ratio, 0.998, 1.002));
                break;
            case GroundTruth.Motion motion:
                Assert.Equal(scene.Rgb, raw.Image.Pixels);
                Assert.Equal(scene.Rgb2, motion.Next.Pixels);
                Assert.Equal(scene.Flow, motion.Pixels.Values);
                break;
            case GroundTruth.Amodal amodal:
                Assert.Equal(scene.Rgb, raw.Image.Pixels);
                Assert.Equal(scene.Amodal.Whole, amodal.Whole.Pixels);
                Assert.Equal(scene.Amodal.VisibleMask, amodal.VisibleMask);
                Assert.Equal(scene.Amodal.WholeMask, amodal.WholeMask);
                break;
        }
    }

    static IEnumerable<string> Hashes(string root) => Directory.GetFiles(root, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
        .Select(file => $"{Path.GetRelativePath(root, file)} {Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(file)))}");
}
