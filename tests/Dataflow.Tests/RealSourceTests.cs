using Flow.Dataflow.Codecs;
using Flow.Dataflow.Preprocess;
using Flow.Dataflow.Sources;
using Flow.Dataflow.Tests.Ingest;
using Flow.Domain;
using Flow.TestData;
using Xunit;

namespace Flow.Dataflow.Tests;

/// <summary>The real files of each data set, and the golden Hypersim frame.</summary>
public sealed class RealSourceTests : IDisposable
{
    readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    static string Data(string name) => Path.Combine(SharedFolder.Data!, name);

    [DataFact]
    public void ImageNet_LabelsByOrdinalOrderOfTheFolders()
    {
        var samples = ImageNet.Open(Data("imagenet/train"), "train").List().ToArray();
        Assert.Equal(250, samples.Length);
        Assert.Equal(Enumerable.Range(0, 250).Select(i => (long)i), samples.Select(sample => sample.Label));
        Assert.Equal(samples.Select(sample => sample.Key).Order(StringComparer.Ordinal), samples.Select(sample => sample.Key));
    }

    [DataFact]
    public void ImageNet_ScaledDecoding_LooksLikeFullDecoding()
    {
        // Scaling inside the transform is sharper than a box filter: 4.2 levels on average over these photographs, 11 on the finest texture.
        var (full, scaled) = (ImageNet.Open(Data("imagenet/train"), "train"), ImageNet.Open(Data("imagenet/train"), "train", atLeast: 128));
        var gaps = full.List().Take(12).Select(sample =>
        {
            var (a, b) = (Crop.Centre(full.Load(sample).Image, 64).Pixels, Crop.Centre(scaled.Load(sample).Image, 64).Pixels);
            return a.Zip(b, (x, y) => Math.Abs(x - y)).Average();
        }).ToArray();
        Assert.InRange(gaps.Average(), 0.1, 6);
        Assert.InRange(gaps.Max(), 0.1, 15);
    }

    [DataFact]
    public void FlyingChairs_HasTheReleasesSplit_AndCountsWhatIsMissing()
    {
        // The official file's first validation pair is number 50, so that all eight of ours train.
        var train = FlyingChairs.Open(Data("flyingchairs"), "train");
        Assert.Equal(8, train.Total);
        Assert.Equal("data/00043_img1.ppm", train.List().Last().Key);
        Assert.Contains("22224 of 22232 pairs of the train split have no files, the first 00007", Assert.Single(train.Warnings), StringComparison.Ordinal);
        Assert.Contains("no pairs of the val split", Assert.Throws<BadInputException>(() => FlyingChairs.Open(Data("flyingchairs"), "val")).Message, StringComparison.Ordinal);
        Assert.Empty(FlyingChairs.Open(Data("flyingchairs"), "all").Warnings);
    }

    /// <summary>Warping the second frame back along the flow must resemble the first more than the second frame itself does.</summary>
    [DataFact]
    public void FlyingChairs_FlowLeadsFromTheFirstFrameToTheSecond()
    {
        var source = FlyingChairs.Open(Data("flyingchairs"), "all");
        foreach (var raw in source.List().Select(source.Load))
        {
            var motion = Assert.IsType<GroundTruth.Motion>(raw.Truth);
            Assert.Equal((384, 512), (raw.Image.Height, raw.Image.Width));
            var (warped, still) = (0.0, 0.0);
            for (var y = 0; y < 384; y++)
                for (var x = 0; x < 512; x++)
                {
                    var at = y * 512 + x;
                    var (u, v) = ((int)Math.Round(x + motion.Pixels.Values[2 * at]), (int)Math.Round(y + motion.Pixels.Values[2 * at + 1]));
                    if (u is < 0 or >= 512 || v is < 0 or >= 384) continue;
                    warped += Math.Abs(raw.Image.Pixels[3 * at] - motion.Next.Pixels[3 * (v * 512 + u)]);
                    still += Math.Abs(raw.Image.Pixels[3 * at] - motion.Next.Pixels[3 * at]);
                }
            Assert.True(warped < 0.6 * still, $"{raw.Ref.Key}: {warped / still:F2}");
        }
    }

    [DataFact]
    public void Marigold_ReadsItsListAndMillimetres()
    {
        var source = HypersimMarigold.Open(Data("hypersim_marigold"), "val");
        Assert.Equal(["val/ai_015_004/rgb_cam_00_fr0002.png", "val/ai_044_003/rgb_cam_01_fr0063.png"], source.List().Select(sample => sample.Key));
        foreach (var raw in source.List().Select(source.Load))
        {
            var metres = Assert.IsType<GroundTruth.Depth>(raw.Truth).Metres;
            Assert.Equal((768, 1024), (raw.Image.Height, raw.Image.Width));
            Assert.True(metres.Values.Count(float.IsFinite) > 0.9 * metres.Values.Length);
            Assert.InRange(metres.Values.Where(float.IsFinite).Average(), 0.5, 30);
        }
    }

    [DataFact]
    public void Pix2Gestalt_VisibleIsInsideOfWhole_AndTheLastOneValidates()
    {
        var source = Pix2Gestalt.Open(Data("pix2gestalt_occlusions_release"), "all");
        Assert.Equal(7, source.Total);
        Assert.Equal("occlusion/10000015_occlusion.png", source.List().First().Key);
        Assert.Equal(["occlusion/1000011_occlusion.png"], Pix2Gestalt.Open(Data("pix2gestalt_occlusions_release"), "val").List().Select(sample => sample.Key));
        Assert.Equal(6, Pix2Gestalt.Open(Data("pix2gestalt_occlusions_release"), "train").Total);
        foreach (var amodal in source.List().Select(source.Load).Select(raw => (GroundTruth.Amodal)raw.Truth))
        {
            Assert.Contains(byte.MaxValue, amodal.VisibleMask);
            Assert.All(amodal.VisibleMask.Zip(amodal.WholeMask, (seen, there) => seen <= there), Assert.True);
        }
    }

    [GoldenFact]
    public void Hypersim_PlanarDepth_IsMarigoldsAndTheExactOne()
    {
        var golden = GoldenFile.Open("hypersim_depth.safetensors");
        var frame = Hdf5.Read(Path.Combine(SharedFolder.Golden!, "hypersim_frame.0000.depth_meters.hdf5")).ToSingles();
        var camera = Array.ConvertAll(golden.Floats("M_cam_from_uv"), value => (double)value);
        AssertClose(golden.Floats("planar_marigold"), PlanarDepth.FromFocal(frame, 768, 1024));
        AssertClose(golden.Floats("planar_exact"), PlanarDepth.FromCamera(frame, 768, 1024, camera));
        var millimetres = SubGrid(PlanarDepth.FromFocal(frame, 768, 1024)).Select(metres => (long)(metres * 1000));
        Assert.All(millimetres.Zip(golden.Longs("planar_png_mm"), (a, b) => a - b), gap => Assert.InRange(gap, -1, 1));
    }

    [Fact]
    public void ToneMap_BringsTheBrightPercentileToEightTenths()
    {
        float[] colour = [.. Enumerable.Range(0, 1000).SelectMany(i => Enumerable.Repeat(i / 100f, 3))];
        colour[^1] = 100;
        var valid = Enumerable.Repeat(true, 1000).ToArray();
        var bytes = ToneMap.Apply(colour, valid);
        Assert.InRange(bytes[3 * 899], 203, 204);
        Assert.Equal(255, bytes[^1]);
        Assert.All(ToneMap.Apply(new float[30], new bool[10]), value => Assert.Equal(0, value));
        Assert.All(ToneMap.Apply([float.NaN, -1, float.PositiveInfinity], [true]), value => Assert.True(value is 0 or 255));
    }

    [Fact]
    public void WhatIsMissing_IsSaidWithTheRemedy()
    {
        Assert.Contains("no such folder", Assert.Throws<BadInputException>(() => ImageNet.Open(folder["none"], "train")).Message, StringComparison.Ordinal);
        Assert.Contains("holds no images", Assert.Throws<BadInputException>(() => ImageNet.Open(folder.Path, "train")).Message, StringComparison.Ordinal);
        Assert.Contains("no folder data", Assert.Throws<BadInputException>(() => FlyingChairs.Open(folder.Path, "train")).Message, StringComparison.Ordinal);
        Assert.Contains("no folder occlusion", Assert.Throws<BadInputException>(() => Pix2Gestalt.Open(folder.Path, "train")).Message, StringComparison.Ordinal);
        Assert.Contains("split_scene_v1.csv: missing", Assert.Throws<BadInputException>(() => Hypersim.Open(folder.Path, "train")).Message, StringComparison.Ordinal);
        Assert.Contains("holds no frames", Assert.Throws<BadInputException>(() => HypersimMarigold.Open(folder.Path, "val")).Message, StringComparison.Ordinal);
        Assert.Contains("ILSVRC2012_img_train.tar", Assert.Throws<BadInputException>(() => ImageNetTar.Open(folder["x.tar"], "train")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ALinkOutOfTheDataSet_IsRefused()
    {
        Directory.CreateDirectory(folder["set/n00000001"]);
        File.WriteAllBytes(folder["secret.png"], Png.EncodeGray(1, 1, [7]));
        File.WriteAllBytes(folder["set/n00000001/a.png"], Png.EncodeGray(1, 1, [8]));
        File.CreateSymbolicLink(folder["set/n00000001/b.png"], folder["secret.png"]);
        File.CreateSymbolicLink(folder["set/n00000001/c.png"], folder["set/n00000001/a.png"]);
        var source = ImageNet.Open(folder["set"], "train");
        var samples = source.List().ToArray();
        Assert.Equal(8, source.Load(samples[0]).Image.Pixels[0]);
        Assert.Contains("leads out of the data set", Assert.Throws<BadFileException>(() => source.Load(samples[1])).Message, StringComparison.Ordinal);
        Assert.Equal(8, source.Load(samples[2]).Image.Pixels[0]);
    }

    static IEnumerable<float> SubGrid(float[] image) => Enumerable.Range(0, 48 * 64).Select(i => image[i / 64 * 16 * 1024 + i % 64 * 16]);

    static void AssertClose(float[] expected, float[] actual) =>
        Assert.All(expected.Zip(SubGrid(actual), (want, got) => Math.Abs(got - want) / want), error => Assert.True(error < 1e-5));
}
