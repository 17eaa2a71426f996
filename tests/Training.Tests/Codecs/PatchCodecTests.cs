using Flow.Training.Codecs;
using Xunit;

namespace Flow.Training.Tests.Codecs;

public sealed class PatchCodecTests
{
    static readonly ImageBatch Photographs = Pictures.Colour(1, 150, 32);
    static readonly ImageBatch Relief = Pictures.Relief(2, 150, 32);
    static readonly ImageBatch HeldOut = Pictures.Colour(3, 64, 32);
    static readonly PatchCodec Codec = PatchCodecFit.Fit(new(), Photographs, Relief);

    [Fact]
    public void Photographs_HaveLatentsOfUnitStandardDeviation()
    {
        var latents = Codec.Encode(Photographs);
        var mean = latents.Average(z => (double)z);
        Assert.Equal(1, Math.Sqrt(latents.Average(z => (z - mean) * (z - mean))), 1e-5);
    }

    [Fact]
    public void SameImages_GiveTheSameCodecToTheBit()
    {
        Assert.Equal(Codec.Hash, PatchCodecFit.Fit(new(), Photographs, Relief).Hash);
        Assert.NotEqual(Codec.Hash, PatchCodecFit.Fit(new(), Photographs).Hash);
        Assert.NotEqual(Codec.Hash, PatchCodecFit.Fit(new(Margin: 3), Photographs, Relief).Hash);
    }

    [Fact]
    public void AllComponents_GiveTheImageBack()
    {
        var spec = new PatchCodecSpec(Downsample: 4, Channels: 48, Margin: 0);
        var whole = PatchCodecFit.Fit(spec, Photographs);
        // limited by the ridge alone, which shrinks each latent by 1e-4 of its variance
        Assert.InRange(Pictures.Psnr(RoundTrip(whole, HeldOut), HeldOut), 45, double.PositiveInfinity);
    }

    [Fact]
    public void MoreChannels_LoseLess()
    {
        var quality = new[] { 4, 8, 16 }.Select(k => PatchCodecFit.Fit(new(Channels: k), Photographs))
            .Select(codec => Pictures.Psnr(RoundTrip(codec, HeldOut), HeldOut)).ToArray();
        Assert.True(quality[0] + 0.5 < quality[1] && quality[1] + 0.5 < quality[2], string.Join(' ', quality));
    }

    [Fact]
    public void LappedDecoder_LeavesNoBlocks()
    {
        var truth = Pictures.Blockiness(HeldOut, 8);
        var classical = OwnCellOnly(PatchCodecFit.Fit(new(Margin: 0), Photographs, Relief));
        Assert.InRange(Pictures.Blockiness(RoundTrip(Codec, HeldOut), 8), 0.5 * truth, 1.5 * truth);
        Assert.InRange(Pictures.Blockiness(RoundTrip(classical, HeldOut), 8), 2 * truth, 100 * truth);
    }

    [Fact]
    public void AnImage_HasTheSameLatentsInAnyBatch()
    {
        var alone = new ImageBatch(1, 32, 32, HeldOut.Image(5).ToArray());
        Assert.Equal(Codec.Encode(HeldOut).AsSpan(5 * 8 * 16, 8 * 16).ToArray(), Codec.Encode(alone));
    }

    [Fact]
    public void OtherSizes_AreEncodedToo()
    {
        var large = Pictures.Colour(4, 2, 64);
        Assert.Equal(new(8, 8, 8), Codec.Shape(64, 64));
        Assert.InRange(Pictures.Psnr(RoundTrip(Codec, large), large), 12, 60);
    }

    [Fact]
    public void SavedCodec_ComesBackAsItWasAndDamageIsNoticed()
    {
        var path = Path.Combine(Path.GetTempPath(), $"codec-{Guid.NewGuid():N}.safetensors");
        try
        {
            PatchCodecFile.Save(path, Codec);
            var loaded = PatchCodecFile.Load(path);
            Assert.Equal((Codec.Hash, Codec.Spec, Codec.ScaleFactor), (loaded.Hash, loaded.Spec, loaded.ScaleFactor));
            Assert.Equal(RoundTrip(Codec, HeldOut).Pixels, RoundTrip(loaded, HeldOut).Pixels);
            var bytes = File.ReadAllBytes(path);
            bytes[^9] ^= 4;
            File.WriteAllBytes(path, bytes);
            Assert.Contains("is damaged", Assert.Throws<InvalidDataException>(() => PatchCodecFile.Load(path)).Message, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void WrongInput_IsRefusedWithWhatIsAllowed()
    {
        Assert.Contains("multiples of 8", Assert.Throws<ArgumentException>(() => Codec.Shape(32, 36)).Message, StringComparison.Ordinal);
        Assert.Contains("codec.margin: 5", Assert.Throws<ArgumentException>(() => PatchCodecFit.Fit(new(Margin: 5), Photographs)).Message,
            StringComparison.Ordinal);
        Assert.Contains("between 1 and 192", Assert.Throws<ArgumentException>(() => PatchCodecFit.Fit(new(Channels: 193), Photographs)).Message,
            StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => Codec.Decode(new float[10], 1, new(8, 4, 4)));
        Assert.Throws<ArgumentException>(() => ImageBatch.Of(2, 8, 8, new float[3]));
    }

    static ImageBatch RoundTrip(PatchCodec codec, ImageBatch images) =>
        codec.Decode(codec.Encode(images), images.Count, codec.Shape(images.Height, images.Width));

    /// <summary>The classical decoder: each patch from its own components, transposed encoder and mean.</summary>
    static PatchCodec OwnCellOnly(PatchCodec codec)
    {
        var (spec, weights) = (codec.Spec, codec.Weights);
        var decoder = new float[weights.Decoder.Length];
        for (var p = 0; p < spec.PatchValues; p++)
        {
            for (var c = 0; c < spec.Channels; c++)
                decoder[(9 * c + 4) * spec.PatchValues + p] =
                    weights.Encoder[p * spec.Channels + c] / (float)(weights.ScaleFactor * weights.ScaleFactor);
            decoder[9 * spec.Channels * spec.PatchValues + p] = weights.Mean[p];
        }
        return new PatchCodec(weights with { Decoder = decoder });
    }
}
