using Flow.Domain.Models;
using Flow.Training.Models;
using Xunit;
using static LanguageExt.Prelude;
using static TorchSharp.torch;

namespace Flow.Training.Tests.Models;

public class AdaptationTests
{
    static readonly ModelSpec pretrained = new("tiny", Hidden: 32, Depth: 2, Heads: 4, LatentSize: 8, Classes: 8);

    static readonly ModelSpec generalistSpec = pretrained with { Conditioning = Conditioning.Generalist, Classes = 12 };

    [Fact]
    public void EqualLatentsInBothSlots_ReproduceTheClassConditionalOutputExactly()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var (dense, x, t, y) = Inputs(8);
        var wide = Adapted(dense, pretrained with { Conditioning = Conditioning.ImageToImage }, new AdaptOptions());
        GoldenTensors.Close(dense.forward(x, t, y), wide.forward(cat([x, x], 1), t, y), 0, 2e-6, "image to image");
    }

    [Fact]
    public void EqualLatentsInAllThreeSlots_ReproduceTheOutputForEveryTask()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var (dense, x, t, _) = Inputs(8);
        var generalist = Adapted(dense, generalistSpec, new AdaptOptions());
        var table = dense.state_dict()["y_embedder.embedding_table.weight"];
        foreach (var task in Enumerable.Range(0, 4))
        {
            // Task t's label is the mean of classes 2t and 2t+1: give the dense model that vector as class 0.
            table[0].copy_(generalist.state_dict()["y_embedder.embedding_table.weight"][8 + task]);
            var y = full([2], 8 + task, dtype: ScalarType.Int64);
            GoldenTensors.Close(dense.forward(x, t, zeros_like(y)), generalist.forward(cat([x, x, x], 1), t, y), 1e-6, 1e-5, $"task {task}");
        }
    }

    [Fact]
    public void ReleasedScale_MultipliesTheCopiesBy033()
    {
        using var scope = NewDisposeScope();
        var (dense, _, _, _) = Inputs(8);
        var state = dense.state_dict();
        var adapted = Adaptation.Adapt(state, pretrained, generalistSpec, new AdaptOptions(Some(0.33)))
            .IfFail(mistakes => throw new InvalidOperationException(string.Join("; ", mistakes)));
        var expected = state["x_embedder.proj.weight"] * 0.33;
        GoldenTensors.Close(expected, adapted["x_embedder.proj.conv_in_4.weight"].narrow(1, 8, 4), 0, 1e-7, "third copy");
        Assert.Equal([13, 32], adapted["y_embedder.embedding_table.weight"].shape);
        GoldenTensors.Close(state["y_embedder.embedding_table.weight"][8], adapted["y_embedder.embedding_table.weight"][12], 0, 0, "null row");
    }

    [Fact]
    public void MixedBatch_GivesEachSampleItsTasksConvolution()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var model = DiTTests.Awake(generalistSpec);
        var (x, t, y) = (randn(4, 12, 8, 8), tensor(new long[] { 1, 2, 3, 4 }), tensor(new long[] { 11, 8, 10, 9 }));
        var together = model.forward(x, t, y);
        for (var i = 0; i < 4; i++)
            GoldenTensors.Close(model.forward(x.narrow(0, i, 1), t.narrow(0, i, 1), y.narrow(0, i, 1)), together.narrow(0, i, 1), 1e-6, 1e-5, $"sample {i}");
    }

    [Theory, InlineData(4, 2), InlineData(8, 1)]
    public void UpcycledAndRenormalised_EqualsTheDenseModel(int experts, int active)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var (dense, x, t, y) = Inputs(8);
        var moe = new MoeSpec(experts, active, ExpertKind.UpcycledMlp, SharedExperts: 0, Renormalise: true);
        var sparse = Adapted(dense, pretrained with { Moe = moe }, new AdaptOptions(Seed: 4));
        GoldenTensors.Close(dense.forward(x, t, y), sparse.forward(x, t, y), 1e-5, 1e-5, "upcycled");
    }

    [Fact]
    public void UpcycledWithoutRenormalising_ScalesEachMlpByItsTokensWeights()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var (mlp, moe) = (new Mlp(8, 32), new MixtureOfExperts(8, 32, new MoeSpec(4, 2, ExpertKind.UpcycledMlp, SharedExperts: 0)));
        foreach (var (name, parameter) in moe.named_parameters())
            parameter.copy_(name == "gate.weight" ? randn(4, 8) : mlp.state_dict()[name[(name.LastIndexOf("fc", StringComparison.Ordinal))..]]);
        var x = randn(1, 6, 8);
        var weights = moe.state_dict()["gate.weight"].matmul(x[0].t()).softmax(0).topk(2, dim: 0).values.sum([0]).reshape(1, 6, 1);
        GoldenTensors.Close(weights * mlp.forward(x), moe.forward(x), 1e-6, 1e-5, "experts");
        Assert.True(weights.max().item<float>() < 1);
    }

    [Theory, InlineData(false), InlineData(true)]
    public void AnotherResolution_GetsATableOfItsGrid(bool interpolate)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var (dense, _, _, _) = Inputs(8);
        var large = Adapted(dense, pretrained with { LatentSize = 16 }, new AdaptOptions(InterpolatePositions: interpolate));
        Assert.Equal([2, 8, 16, 16], large.forward(randn(2, 4, 16, 16), tensor(new long[] { 1, 2 }), tensor(new long[] { 0, 1 })).shape);
        var table = large.state_dict()["pos_embed"];
        Assert.Equal([1, 64, 32], table.shape);
        var computed = tensor(PositionEmbedding.SinCos(32, 8), [1, 64, 32]);
        Assert.Equal(!interpolate, (table - computed).abs().max().item<float>() < 1e-6);
    }

    [Fact]
    public void DroppingTheVariance_KeepsThePrediction()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var (dense, x, t, y) = Inputs(8);
        var plain = Adapted(dense, pretrained with { LearnSigma = false }, new AdaptOptions());
        GoldenTensors.Close(dense.forward(x, t, y).narrow(1, 0, 4), plain.forward(x, t, y), 1e-6, 1e-6, "prediction");
    }

    [Fact]
    public void AnotherWidth_IsRefusedWithTheField()
    {
        var mistakes = Adaptation.Adapt(new DiT(pretrained, 0).state_dict(), pretrained, pretrained with { Hidden = 64, Depth = 3 }, new AdaptOptions())
            .Match(_ => [], fail => fail.Map(mistake => mistake.Path).ToArray());
        Assert.Equal(["model.hidden", "model.depth"], mistakes);
    }

    static (DiT Model, Tensor X, Tensor T, Tensor Y) Inputs(int size) =>
        (DiTTests.Awake(pretrained), randn(2, 4, size, size), tensor(new long[] { 3, 700 }), tensor(new long[] { 1, 8 }));

    static DiT Adapted(DiT dense, ModelSpec to, AdaptOptions options)
    {
        var model = new DiT(to, seed: 9);
        var state = Adaptation.Adapt(dense.state_dict(), dense.Spec, to, options)
            .IfFail(mistakes => throw new InvalidOperationException(string.Join("; ", mistakes)));
        Weights.Load(model, state).IfLeft(error => throw new InvalidOperationException(error.Message));
        return model;
    }
}
