using System.Runtime.InteropServices;
using Flow.Dataflow.Codecs;
using Flow.Domain.Pictures;
using Xunit;

namespace Flow.Cli.Tests;

/// <summary>`flow predict` with a model of several tasks: what each asks for beside the image, and what it writes.</summary>
[Collection(InTinyLab.Name)]
public sealed class PredictTasksTests(SeveralTasksLab lab) : IClassFixture<SeveralTasksLab>
{
    [Fact]
    public async Task DepthAsSixteenBits_IsTheArrayFromItsLeastToItsGreatest()
    {
        var files = await Predicted("--task", "depth");
        var map = Numbers(files["depth.npy"], 64 * 64);
        var png = Png.Decode(await File.ReadAllBytesAsync(files["depth16.png"]), "depth16.png");
        Assert.Equal((64, 64, 1, 16), (png.Width, png.Height, png.Channels, png.BitDepth));
        var (low, high) = (map.Min(), map.Max());
        Assert.Equal(map.Select(value => (int)Math.Round((value - low) / (high - low) * ushort.MaxValue)), png.ToGray().Select(value => (int)value));
    }

    [Fact]
    public async Task FlowOfAPair_IsTheSameFieldInEveryFormat()
    {
        var files = await Predicted("--second", lab.At("two.png"), "--task", "flow");
        var flo = Flo.Decode(await File.ReadAllBytesAsync(files["flow.flo"]), "flow.flo");
        Assert.Equal((64, 64, 2), (flo.Height, flo.Width, flo.Channels));
        var planes = Numbers(files["flow.npy"], 2 * 64 * 64);
        Assert.Equal(planes, Enumerable.Range(0, 2).SelectMany(c => Enumerable.Range(0, 64 * 64).Select(i => flo.Values[2 * i + c])));
        Assert.Equal(FlowWheel.Paint(planes), ImageFile.Read(files["flow.png"]).Pixels);
        Assert.True(planes.Max() > planes.Min(), "a constant field would prove nothing");
        Assert.Equal(2 * 64 * 64, Numbers(files["uncertainty.npy"], 2 * 64 * 64).Count(value => value >= 0));
        // The second frame is what the motion is read from.
        var still = Numbers((await Predicted("--second", lab.At("one.png"), "--task", "flow"))["flow.npy"], 2 * 64 * 64);
        Assert.NotEqual(planes, still);
    }

    [Fact]
    public async Task TheWholeObject_IsAskedForByAMaskOfItsVisiblePart()
    {
        var files = await Predicted("--mask", lab.At("left.png"), "--task", "amodal");
        var (input, overlay) = (ImageFile.Read(files["input.png"]).Pixels, ImageFile.Read(files["overlay.png"]).Pixels);
        var mask = Png.Decode(await File.ReadAllBytesAsync(files["mask.png"]), "mask.png").ToGray();
        Assert.All(mask, value => Assert.True(value is 0 or 255));
        Assert.Equal(ObjectOnWhite.Mask(ImageFile.Read(files["whole.png"]).Pixels), mask.Select(value => value == 255));
        for (var i = 0; i < mask.Length; i++)
            if (mask[i] == 0) Assert.Equal(input[(3 * i)..(3 * i + 3)], overlay[(3 * i)..(3 * i + 3)]);
        Assert.Contains(Enumerable.Range(0, mask.Length), i => mask[i] == 255 && overlay[3 * i] != input[3 * i]);
        var other = await Predicted("--mask", lab.At("right.png"), "--task", "amodal");
        Assert.NotEqual(await File.ReadAllBytesAsync(files["whole.png"]), await File.ReadAllBytesAsync(other["whole.png"]));
    }

    [Theory]
    [InlineData("name one of depth, flow, amodal")]
    [InlineData("--second: 0 files for 1 images; flow takes one for each", "--task", "flow")]
    [InlineData("--mask: 0 files for 1 images; amodal takes one for each", "--task", "amodal")]
    [InlineData("small.png is 45 x 30 pixels, its image 90 x 60", "--task", "amodal", "--mask", "small.png")]
    [InlineData("small.png is 45 x 30 pixels, its image 90 x 60", "--task", "flow", "--second", "small.png")]
    [InlineData("--mask: 1 files for 1 images; depth takes none", "--task", "depth", "--mask", "left.png")]
    public async Task WhatATaskLacksOrHasTooMuch_IsBadInput(string message, params string[] words)
    {
        var answer = await lab.Flow(["predict", "several", lab.At("one.png"), "--out", lab.At("never"), .. words.Select(word => word.EndsWith(".png", StringComparison.Ordinal) ? lab.At(word) : word)]);
        Assert.Equal(Verb.BadInput, answer.Code);
        Assert.Contains(message, answer.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(lab.At("never")));
    }

    /// <summary>Files of a prediction on the first picture, in two steps by two members, by what follows its name.</summary>
    async Task<Dictionary<string, string>> Predicted(params string[] words)
    {
        var answer = await lab.Flow(["predict", "several", lab.At("one.png"), "--steps", "2", "--ensemble", "2", "--out", lab.At(Guid.NewGuid().ToString("N")), "--json", .. words]);
        Assert.True(answer.Code == Verb.Done, answer.Error);
        return answer.Json[0].GetProperty("files").EnumerateArray().Select(file => file.GetString()!).ToDictionary(file => Path.GetFileName(file)["one_".Length..]);
    }

    /// <summary>The last so many float32 values of a .npy file: all of them.</summary>
    static float[] Numbers(string path, int count)
    {
        var bytes = File.ReadAllBytes(path);
        return MemoryMarshal.Cast<byte, float>(bytes.AsSpan(bytes.Length - sizeof(float) * count)).ToArray();
    }
}
