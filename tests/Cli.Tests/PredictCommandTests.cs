using Flow.Dataflow.Codecs;
using Flow.Jobs.Steps;
using Xunit;

namespace Flow.Cli.Tests;

[Collection(InTinyLab.Name)]
public sealed class PredictCommandTests(TinyLab lab)
{
    [Fact]
    public async Task DepthOfAnImageIsWhatTheStudyPredictedOfIt()
    {
        // Sample 0 of the evaluation's gallery: the picture there is what the model saw, at the size that it works at.
        var gallery = Directory.EnumerateDirectories(Path.Combine(lab.Store, "steps")).First(step => GalleryIndex.Of(step) is { } index && index.Samples[0].Predictions.Any(one => (one.Steps, one.Ensemble) == (2, 2)));
        var entry = GalleryIndex.Of(gallery)!.Samples[0];
        var predicted = entry.Predictions.First(one => (one.Steps, one.Ensemble) == (2, 2));
        var answer = await lab.Flow(
            "predict", TinyLab.Run, Path.Combine(gallery, "gallery", entry.Image), "--steps", "2", "--ensemble", "2", "--out", lab.At("own"), "--json");
        Assert.True(answer.Code == Verb.Done, answer.Error);
        var files = answer.Json[0].GetProperty("files").EnumerateArray().Select(file => file.GetString()!).ToList();
        Assert.Equal(["000_image_input.png", "000_image_depth.png", "000_image_depth16.png", "000_image_depth.npy", "000_image_uncertainty.png", "000_image_uncertainty.npy"], files.Select(Path.GetFileName));
        Assert.Equal(64, PngHeaderWidth(files[1]));
        var (ours, theirs) = (Numbers(files[3]), Numbers(Path.Combine(gallery, "gallery", predicted.Raw)));
        // The picture is the image rounded to bytes, and the shard's latents came from the unrounded one.
        Assert.True(ours.Zip(theirs, (a, b) => Math.Abs(a - b)).Max() < 0.05, "the prediction of the same image differs");
        Assert.True(theirs.Max() - theirs.Min() > 0.1, "a flat prediction would prove nothing");
    }

    [Fact]
    public async Task ColoursAndSeedsChangeWhatTheySay()
    {
        var image = lab.At("gray.png");
        await File.WriteAllBytesAsync(image, Png.Encode(new RgbImage(40, 90, [.. Enumerable.Range(0, 3 * 40 * 90).Select(i => (byte)(i % 251))])));
        async Task<List<string>> Files(string folder, params string[] more) =>
            [.. (await lab.Flow(["predict", TinyLab.Run, image, "--steps", "1", "--ensemble", "1", "--out", lab.At(folder), "--json", .. more])).Json[0].GetProperty("files").EnumerateArray().Select(file => file.GetString()!)];
        var plain = await Files("a");
        var again = await Files("b");
        var turbo = await Files("c", "--colours", "turbo");
        var other = await Files("d", "--seed", "1");
        Assert.Equal(await File.ReadAllBytesAsync(plain[3]), await File.ReadAllBytesAsync(again[3]));
        Assert.Equal(await File.ReadAllBytesAsync(plain[3]), await File.ReadAllBytesAsync(turbo[3]));
        Assert.NotEqual(await File.ReadAllBytesAsync(plain[1]), await File.ReadAllBytesAsync(turbo[1]));
        Assert.NotEqual(await File.ReadAllBytesAsync(plain[3]), await File.ReadAllBytesAsync(other[3]));
    }

    [Theory]
    [InlineData("does not exist", "missing.png")]
    [InlineData("--second", "{image}", "--second", "{image}")]
    [InlineData("--steps", "{image}", "--steps", "0")]
    [InlineData("--task", "{image}", "--task", "flow")]
    public async Task BadInputEndsWithTwoAndNamesThePlace(string place, params string[] words)
    {
        var image = lab.At("small.png");
        await File.WriteAllBytesAsync(image, Png.Encode(new RgbImage(2, 2, new byte[12])));
        var answer = await lab.Flow(["predict", TinyLab.Run, .. words.Select(word => word == "{image}" ? image : word)]);
        Assert.Equal(Verb.BadInput, answer.Code);
        Assert.Contains(place, answer.Error, StringComparison.Ordinal);
    }

    static int PngHeaderWidth(string path) => Png.Decode(File.ReadAllBytes(path), path).Width;

    /// <summary>The float32 values of a .npy file: the last H x W x 4 bytes.</summary>
    static float[] Numbers(string path)
    {
        var bytes = File.ReadAllBytes(path);
        return System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(bytes.AsSpan(bytes.Length - 4 * 64 * 64)).ToArray();
    }
}
