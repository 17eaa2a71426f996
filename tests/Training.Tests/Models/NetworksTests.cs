using Flow.Domain.Models;
using Flow.Training.Models;
using LanguageExt;
using Xunit;
using static TorchSharp.torch;

namespace Flow.Training.Tests.Models;

public class NetworksTests
{
    static readonly ModelSpec small = new("small", Hidden: 32, Depth: 2, Heads: 4, LatentSize: 8, Classes: 10);

    /// <summary>Every published size that a test can afford to build, and one small model of every other kind.</summary>
    public static TheoryData<ModelSpec> Specs =>
    [
        .. Sizes.All.Filter(spec => Accounting.Parameters(spec).Total < 35_000_000),
        small with { Conditioning = Conditioning.ImageToImage },
        small with { Conditioning = Conditioning.Generalist, Classes = 14, LearnSigma = false },
        small with { Conditioning = Conditioning.CaptionInContext, Caption = new CaptionSpec(5, 24) },
        small with { Conditioning = Conditioning.CaptionCrossAttention, Caption = new CaptionSpec(5, 24) },
        small with { Conditioning = Conditioning.CaptionCrossAttention, Caption = new CaptionSpec(5, 24), Moe = new MoeSpec(4, 2) },
        small with { Moe = new MoeSpec(4, 2), MlpRatio = 3 },
        small with { Moe = new MoeSpec(4, 2, ExpertKind.UpcycledMlp, SharedExperts: 0) },
        small with { Conditioning = Conditioning.Generalist, Classes = 14, Moe = new MoeSpec(4, 2, ExpertKind.UpcycledMlp, SharedExperts: 0) },
    ];

    [Theory, MemberData(nameof(Specs))]
    public void BuiltModel_HasTheParametersOfTheFormula(ModelSpec spec)
    {
        using var scope = NewDisposeScope();
        var parameters = Networks.Build(spec, seed: 0).named_parameters().Select(p => p.parameter).ToArray();
        var counted = Accounting.Parameters(spec);
        Assert.Equal(counted.Total, parameters.Sum(p => p.numel()));
        Assert.Equal(counted.Trainable, parameters.Where(p => p.requires_grad).Sum(p => p.numel()));
    }

    [Fact]
    public void DiTsParameters_ComeInTheReferencesOrderAndUnderItsNames()
    {
        using var scope = NewDisposeScope();
        var names = Networks.Build(small with { Depth = 1 }, seed: 0).named_parameters().Select(p => p.name);
        Assert.Equal(
        [
            "pos_embed", "x_embedder.proj.weight", "x_embedder.proj.bias", "t_embedder.mlp.0.weight", "t_embedder.mlp.0.bias",
            "t_embedder.mlp.2.weight", "t_embedder.mlp.2.bias", "y_embedder.embedding_table.weight", "blocks.0.attn.qkv.weight",
            "blocks.0.attn.qkv.bias", "blocks.0.attn.proj.weight", "blocks.0.attn.proj.bias", "blocks.0.mlp.fc1.weight", "blocks.0.mlp.fc1.bias",
            "blocks.0.mlp.fc2.weight", "blocks.0.mlp.fc2.bias", "blocks.0.adaLN_modulation.1.weight", "blocks.0.adaLN_modulation.1.bias",
            "final_layer.linear.weight", "final_layer.linear.bias", "final_layer.adaLN_modulation.1.weight", "final_layer.adaLN_modulation.1.bias",
        ], names);
    }

    [Fact]
    public void ReleasedGeneralist_HasItsPublishedNames()
    {
        using var scope = NewDisposeScope();
        var spec = small with { Depth = 1, Conditioning = Conditioning.Generalist, Classes = 14, Moe = new MoeSpec(2, 2, ExpertKind.UpcycledMlp, 0) };
        var names = Networks.Build(spec, seed: 0).named_parameters().Select(p => p.name).ToHashSet();
        Assert.Superset(
            new System.Collections.Generic.HashSet<string>
            {
                "x_embedder.proj.conv_in_1.weight", "x_embedder.proj.conv_in_4.bias", "blocks.0.moe.gate.weight",
                "blocks.0.moe.experts.0.fc1.weight", "blocks.0.moe.experts.1.fc2.bias", "y_embedder.embedding_table.weight",
            },
            names);
    }

    [Theory, InlineData(Conditioning.CaptionInContext), InlineData(Conditioning.CaptionCrossAttention)]
    public void CaptionModel_ReadsItsCaptionAndItsTimestepAndTrainsEveryParameter(Conditioning conditioning)
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        var model = Networks.Build(small with { Conditioning = conditioning, Caption = new CaptionSpec(5, 24) }, seed: 0);
        var (x, t, caption) = (randn(2, 4, 8, 8), tensor(new long[] { 5, 500 }), randn(2, 5, 24));
        Assert.Equal(0, model.forward(x, t, caption).abs().max().item<float>());
        using (no_grad())
            foreach (var (name, parameter) in model.named_parameters())
                if (name.StartsWith("final_layer.linear", StringComparison.Ordinal)) parameter.copy_(randn(parameter.shape));
        var output = model.forward(x, t, caption);
        Assert.Equal([2, 8, 8, 8], output.shape);
        Assert.True((output - model.forward(x, t, zeros_like(caption))).abs().max().item<float>() > 1e-4);
        Assert.True((output - model.forward(x, t + 100, caption)).abs().max().item<float>() > 1e-4);
        output.pow(2).mean().backward();
        Assert.All(model.named_parameters().Where(p => p.parameter.requires_grad),
            p => Assert.True(p.parameter.grad?.abs().sum().item<float>() > 0, $"{p.name} has no gradient"));
    }

    [Fact]
    public void WeightsThatDoNotFit_AreNamedAndNothingIsCopied()
    {
        using var scope = NewDisposeScope();
        var (model, other) = (Networks.Build(small, seed: 0), Networks.Build(small with { Hidden = 16, Depth = 3 }, seed: 1));
        var before = model.state_dict()["blocks.0.attn.proj.weight"].clone();
        var message = Weights.Load(model, other.state_dict()).Match(_ => "(loaded)", error => error.Message);
        Assert.Contains("has no place in the model", message, StringComparison.Ordinal);
        Assert.Equal(0, (before - model.state_dict()["blocks.0.attn.proj.weight"]).abs().max().item<float>());
    }
}
