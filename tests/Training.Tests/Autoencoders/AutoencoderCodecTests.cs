using Flow.TestData;
using Flow.Training.Autoencoders;
using Flow.Training.Codecs;
using Xunit;
using static TorchSharp.torch;

namespace Flow.Training.Tests.Autoencoders;

public class AutoencoderCodecTests
{
    [GoldenFact]
    public void Latents_AreScaledMeansAndDecodeBack()
    {
        var golden = GoldenFile.Open("vae_a.golden.safetensors");
        using var codec = Codec("vae_a.weights.safetensors", 0.18215);
        var (shape, x) = (codec.Shape(16, 16), golden.Floats("x"));
        // Five images make two slices, the second of them short.
        var pixels = Enumerable.Range(0, 5).SelectMany(i => x.Skip(i % 2 * 768).Take(768)).ToArray();
        var latents = codec.Encode(ImageBatch.Of(5, 16, 16, pixels));
        var mean = golden.Floats("mean");
        for (var i = 0; i < latents.Length; i++)
            Assert.Equal(mean[i / shape.Elements % 2 * shape.Elements + i % shape.Elements] * 0.18215, latents[i], 1e-4);
        var images = codec.Decode(latents, 5, shape);
        Assert.All(golden.Floats("rec").Zip(images.Pixels), pair => Assert.True(Math.Abs(pair.Item1 - pair.Item2) <= 1e-3));
    }

    [GoldenFact]
    public void Hash_TellsWeightsAndScaleApart()
    {
        using var one = Codec("vae_a.weights.safetensors", 0.18215);
        using var same = Codec("vae_a.weights.safetensors", 0.18215);
        using var other = Codec("vae_a.weights.safetensors", 0.2);
        using var small = Codec("vae_sdtopo.weights.safetensors", 0.18215);
        Assert.Equal(one.Hash, same.Hash);
        Assert.Equal(3, new HashSet<string> { one.Hash, other.Hash, small.Hash }.Count);
    }

    [GoldenFact]
    public void ImageThatDoesNotDivide_IsRefusedWithARemedy()
    {
        using var codec = Codec("vae_a.weights.safetensors", 0.18215);
        Assert.Contains("multiples of 2", Assert.Throws<ArgumentException>(() => codec.Shape(16, 15)).Message, StringComparison.Ordinal);
    }

    static AutoencoderCodec Codec(string weights, double scaleFactor)
    {
        using var scope = NewDisposeScope();
        var file = GoldenFile.Open(weights);
        var model = new AutoencoderKL(AutoencoderSpec.FromConfig(System.Text.Json.JsonDocument.Parse(file.Metadata["config"]).RootElement));
        AutoencoderWeights.Into(model, file.Names.ToDictionary(name => name, file.Tensor)).IfLeft(e => throw new InvalidOperationException(e.Message));
        return new AutoencoderCodec(model, scaleFactor, CPU);
    }
}
