using System.Text.Json;
using Flow.Domain.Models;
using Flow.TestData;
using Xunit;
using static TorchSharp.torch;

namespace Flow.Training.Tests.Models;

/// <summary>Golden files as tensors, and the tolerances of their README.</summary>
internal static class GoldenTensors
{
    public static JsonElement Config(this GoldenFile file) => JsonDocument.Parse(file.Metadata["config"]).RootElement;

    /// <summary>The reference's constructor arguments as a spec.</summary>
    public static ModelSpec ModelSpec(this GoldenFile file)
    {
        var config = file.Config();
        int Number(string name) => config.GetProperty(name).GetInt32();
        double Real(string name, double otherwise) => config.TryGetProperty(name, out var value) ? value.GetDouble() : otherwise;
        return new ModelSpec("golden", Number("hidden_size"), Number("depth"), Number("num_heads"), Number("patch_size"),
            Number("input_size"), Number("in_channels"), Classes: Number("num_classes"), ClassDropout: Real("class_dropout_prob", 0.1),
            LearnSigma: !config.TryGetProperty("learn_sigma", out var sigma) || sigma.GetBoolean(), MlpRatio: Real("mlp_ratio", 4),
            Moe: config.TryGetProperty("num_experts", out var experts)
                ? new MoeSpec(experts.GetInt32(), Number("num_experts_per_tok"))
                : default(LanguageExt.Option<MoeSpec>));
    }

    public static void Load(this nn.Module model, GoldenFile weights)
    {
        var parameters = model.named_parameters().ToDictionary(p => p.name, p => p.parameter);
        Assert.Equal(weights.Names.Order(), parameters.Keys.Order());
        using var noGrad = no_grad();
        foreach (var name in weights.Names) parameters[name].copy_(weights.Tensor(name));
    }

    /// <summary>|got - want| at most absolute + relative x max|want|, elementwise.</summary>
    public static void Close(Tensor want, Tensor got, double absolute, double relative, string what)
    {
        Assert.Equal(want.shape, got.shape);
        var worst = (want - got).abs().max().item<float>();
        var allowed = absolute + relative * want.abs().max().item<float>();
        Assert.True(worst <= allowed, $"{what}: differs by {worst:g3}, allowed {allowed:g3}");
    }
}
