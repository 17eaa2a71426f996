using Flow.TestData;
using Flow.Torch;
using Flow.Training.Autoencoders;
using Flow.Training.Tests.Models;
using Xunit;
using static TorchSharp.torch;

namespace Flow.Training.Tests.Autoencoders;

public class AutoencoderKLTests
{
    public static TheoryData<string> Weights => [.. GoldenFile.Named("vae_*.weights.safetensors"), .. GoldenFile.Named("vae_*.legacy.safetensors")];

    [GoldenTheory, MemberData(nameof(Weights))]
    public void EncodingAndDecoding_EqualTheReference(string weights)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var golden = GoldenFile.Open($"{weights[..weights.IndexOf('.', StringComparison.Ordinal)]}.golden.safetensors");
        var model = Loaded(weights);
        var posterior = model.Encode(golden.Tensor("x"));
        Close(golden, "moments", posterior.Moments);
        Close(golden, "mean", posterior.Mean);
        Close(golden, "logvar", posterior.LogVariance);
        Close(golden, "sample", posterior.Sample(golden.Tensor("noise")));
        Close(golden, "kl", posterior.Kl());
        Close(golden, "decoded", model.Decode(golden.Tensor("z")));
        Close(golden, "rec", model.forward(golden.Tensor("x")));
        Close(golden, "mean", model.ToLatents(golden.Tensor("x")) / model.Spec.ScalingFactor);
    }

    [GoldenFact]
    public void FileInTheCompVisLayout_IsTheSameAutoencoder()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var weights = GoldenFile.Open("vae_a.weights.safetensors");
        var folder = Directory.CreateTempSubdirectory("flow-vae-").FullName;
        try
        {
            File.WriteAllText(Path.Combine(folder, "config.json"), weights.Metadata["config"]);
            var path = Path.Combine(folder, "model.safetensors");
            Safetensors.Save(path, weights.Names.ToDictionary(CompVis, name => AsConvolution(name, weights.Tensor(name))));
            var model = AutoencoderWeights.Open(path).IfLeft(error => throw new InvalidOperationException(error.Message));
            var golden = GoldenFile.Open("vae_a.golden.safetensors");
            Close(golden, "rec", model.forward(golden.Tensor("x")));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Two resolutions, one residual block in the encoder and two in the decoder, whose levels count from the other side.</summary>
    static string CompVis(string name) => "first_stage_model." + name
        .Replace("encoder.down_blocks.", "encoder.down.", StringComparison.Ordinal)
        .Replace("decoder.up_blocks.0.", "decoder.up.1.", StringComparison.Ordinal)
        .Replace("decoder.up_blocks.1.", "decoder.up.0.", StringComparison.Ordinal)
        .Replace(".mid_block.resnets.0.", ".mid.block_1.", StringComparison.Ordinal)
        .Replace(".mid_block.resnets.1.", ".mid.block_2.", StringComparison.Ordinal)
        .Replace(".resnets.", ".block.", StringComparison.Ordinal)
        .Replace(".downsamplers.0.conv.", ".downsample.conv.", StringComparison.Ordinal)
        .Replace(".upsamplers.0.conv.", ".upsample.conv.", StringComparison.Ordinal)
        .Replace(".conv_shortcut.", ".nin_shortcut.", StringComparison.Ordinal)
        .Replace(".conv_norm_out.", ".norm_out.", StringComparison.Ordinal)
        .Replace(".mid_block.attentions.0.group_norm.", ".mid.attn_1.norm.", StringComparison.Ordinal)
        .Replace(".mid_block.attentions.0.to_out.0.", ".mid.attn_1.proj_out.", StringComparison.Ordinal)
        .Replace(".mid_block.attentions.0.to_", ".mid.attn_1.", StringComparison.Ordinal);

    static Tensor AsConvolution(string name, Tensor value) =>
        name.Contains(".attentions.0.to_", StringComparison.Ordinal) && value.shape.Length == 2 ? value.unsqueeze(2).unsqueeze(3) : value;

    [Fact]
    public void StableDiffusion_HasItsPublishedCountOfParameters()
    {
        using var scope = NewDisposeScope();
        var parameters = new AutoencoderKL(AutoencoderSpec.StableDiffusion).named_parameters().ToArray();
        Assert.Equal(248, parameters.Length);
        Assert.Equal(83_653_863, parameters.Sum(p => p.parameter.numel()));
        Assert.Equal(34_163_592, parameters.Where(p => p.name.StartsWith("encoder.", StringComparison.Ordinal)).Sum(p => p.parameter.numel()));
    }

    [Theory]
    [InlineData("first_stage_model.encoder.down.1.block.0.nin_shortcut.weight", "encoder.down_blocks.1.resnets.0.conv_shortcut.weight")]
    [InlineData("encoder.down.2.downsample.conv.bias", "encoder.down_blocks.2.downsamplers.0.conv.bias")]
    [InlineData("decoder.up.3.block.2.norm1.weight", "decoder.up_blocks.0.resnets.2.norm1.weight")]
    [InlineData("decoder.up.1.upsample.conv.weight", "decoder.up_blocks.2.upsamplers.0.conv.weight")]
    [InlineData("encoder.mid.block_2.conv1.weight", "encoder.mid_block.resnets.1.conv1.weight")]
    [InlineData("decoder.mid.attn_1.norm.weight", "decoder.mid_block.attentions.0.group_norm.weight")]
    [InlineData("decoder.mid.attn_1.q.weight", "decoder.mid_block.attentions.0.to_q.weight")]
    [InlineData("decoder.mid.attn_1.proj_out.bias", "decoder.mid_block.attentions.0.to_out.0.bias")]
    [InlineData("encoder.mid_block.attentions.0.proj_attn.weight", "encoder.mid_block.attentions.0.to_out.0.weight")]
    [InlineData("decoder.norm_out.bias", "decoder.conv_norm_out.bias")]
    [InlineData("quant_conv.weight", "quant_conv.weight")]
    [InlineData("model.diffusion_model.out.2.weight", null)]
    public void PublishedNames_BecomeTodays(string published, string? today) => Assert.Equal(today, AutoencoderKeys.Modern(published, levels: 4));

    static void Close(GoldenFile golden, string name, Tensor got) => GoldenTensors.Close(golden.Tensor(name), got, 1e-4, 1e-4, name);

    static AutoencoderKL Loaded(string weights)
    {
        var file = GoldenFile.Open(weights);
        var state = file.Names.ToDictionary(name => name, file.Tensor);
        return AutoencoderWeights.Into(new AutoencoderKL(AutoencoderSpec.FromConfig(file.Config())), state)
            .IfLeft(error => throw new InvalidOperationException(error.Message));
    }
}
