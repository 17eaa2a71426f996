using Flow.Domain.Models;
using Flow.TestData;
using Flow.Torch;
using Flow.Training.Models;
using Xunit;
using static TorchSharp.torch;

namespace Flow.Training.Tests.Models;

public class DiTTests
{
    static readonly ModelSpec tiny = new("tiny", Hidden: 32, Depth: 2, Heads: 4, LatentSize: 8, Classes: 5);

    public static TheoryData<string> Cases => [.. GoldenFile.Named("dit_*.weights.safetensors")];

    [GoldenTheory, MemberData(nameof(Cases))]
    public void OutputAndGradients_EqualTheReferenceWithEveryKernelSet(string weights)
    {
        var usual = TensorEngine.Current.KernelSet;
        try
        {
            foreach (var kernels in TensorEngine.Current.KernelSets)
            {
                TensorEngine.Current.KernelSet = kernels;
                AssertEqualToReference(weights);
            }
        }
        finally
        {
            TensorEngine.Current.KernelSet = usual;
        }
    }

    static void AssertEqualToReference(string weights)
    {
        using var scope = NewDisposeScope();
        var golden = GoldenFile.Open(weights.Replace(".weights.", ".golden.", StringComparison.Ordinal));
        var model = Loaded(weights);
        var x = golden.Tensor("x").requires_grad_();
        var output = model.forward(x, golden.Tensor("t"), golden.Tensor("y"));
        GoldenTensors.Close(golden.Tensor("output"), output, 2e-5, 1e-5, "output");
        // As sampling does it: whole blocks in one call, where the kernel set has that.
        using (no_grad())
            GoldenTensors.Close(golden.Tensor("output"), model.forward(x.detach(), golden.Tensor("t"), golden.Tensor("y")), 2e-5, 1e-5, "output without gradients");

        (output * golden.Tensor("R")).mean().backward();
        GoldenTensors.Close(golden.Tensor("grad_in.x"), x.grad!, 1e-8, 1e-4, "grad_in.x");
        foreach (var (name, parameter) in model.named_parameters().Where(p => p.parameter.requires_grad))
            GoldenTensors.Close(golden.Tensor($"grad.{name}"), parameter.grad!, 1e-8, 1e-4, $"grad.{name}");
    }

    [GoldenTheory, MemberData(nameof(Cases))]
    public void Guidance_OfThreeChannels_EqualsTheReference(string weights)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var golden = GoldenFile.Open(weights.Replace(".weights.", ".golden.", StringComparison.Ordinal));
        if (!golden.Has("cfg.x")) return;
        var output = Loaded(weights).forward_with_cfg(
            golden.Tensor("cfg.x"), golden.Tensor("cfg.t"), golden.Tensor("cfg.y"), golden.Floats("cfg.scale")[0]);
        GoldenTensors.Close(golden.Tensor("cfg.output"), output, 1e-4, 0, "cfg.output");
    }

    [Fact]
    public void GuidanceOfScaleOne_IsTheConditionalPredictionOnEveryGuidedChannel()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var model = Awake(tiny);
        var (x, t) = (randn(2, 4, 8, 8), tensor(new long[] { 10, 900 }));
        var conditional = model.forward(x, t, tensor(new long[] { 1, 2 }));
        var guided = model.forward_with_cfg(cat([x, x], 0), cat([t, t], 0), tensor(new long[] { 1, 2, 5, 5 }), 1, tiny.LatentChannels);
        GoldenTensors.Close(conditional.narrow(1, 0, 4), guided.narrow(0, 0, 2).narrow(1, 0, 4), 1e-5, 1e-5, "guided");
    }

    [Fact]
    public void FreshNetwork_PredictsZeroAndItsBlocksAreTheIdentity()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var output = new DiT(tiny, seed: 3).forward(randn(2, 4, 8, 8), tensor(new long[] { 1, 999 }), tensor(new long[] { 0, 5 }));
        Assert.Equal(0, output.abs().max().item<float>());
        var block = new DiTBlock(tiny);
        Initialisation.Apply(block, seed: 0);
        var (x, c) = (randn(2, 16, 32), randn(2, 32));
        GoldenTensors.Close(x, block.forward(x, c), 0, 0, "block");
    }

    [Fact]
    public void Weights_AreAFunctionOfTheSeed()
    {
        using var scope = NewDisposeScope();
        Tensor Qkv(int seed) => new DiT(tiny, seed).state_dict()["blocks.1.attn.qkv.weight"];
        Assert.True(Qkv(1).equal(Qkv(1)).all().item<bool>());
        Assert.False(Qkv(1).equal(Qkv(2)).all().item<bool>());
        var bound = Math.Sqrt(6.0 / (32 + 96));
        Assert.InRange(Qkv(1).abs().max().item<float>(), 0.95 * bound, bound);
    }

    [GoldenFact]
    public void PositionTable_EqualsTheReference()
    {
        var golden = GoldenFile.Open("dit_embeddings.safetensors");
        foreach (var name in golden.Names.Where(n => n.StartsWith("pos_embed.grid", StringComparison.Ordinal)))
        {
            var parts = name["pos_embed.grid".Length..].Split(".dim").Select(int.Parse).ToArray();
            var table = PositionEmbedding.SinCos(parts[1], parts[0]);
            Assert.All(golden.Floats(name).Zip(table), pair => Assert.Equal(pair.Item1, pair.Item2, 2e-6f));
        }
    }

    [GoldenFact]
    public void TimestepWaves_EqualTheReference()
    {
        using var scope = NewDisposeScope();
        var golden = GoldenFile.Open("dit_embeddings.safetensors");
        foreach (var name in golden.Names.Where(n => n.StartsWith("temb_", StringComparison.Ordinal)))
        {
            var parts = name["temb_".Length..].Split('.');
            var (t, dim) = (golden.Tensor($"t_{parts[0]}"), int.Parse(parts[1]["dim".Length..], null));
            var period = parts.Length > 2 ? double.Parse(parts[2]["maxperiod".Length..], null) : 10000;
            GoldenTensors.Close(golden.Tensor(name), TimestepEmbedder.Sinusoids(t, dim, period), 1e-4, 0, name);
        }
    }

    [GoldenFact]
    public void LabelTable_GivesTheRowsOfTheReference_DroppedOnesTheNullRow()
    {
        using var scope = NewDisposeScope();
        var golden = GoldenFile.Open("dit_embeddings.safetensors");
        var (nullLabel, table) = (long.Parse(golden.Metadata["label_num_classes"], null), golden.Tensor("label.table"));
        var embedder = new LabelEmbedder((int)table.shape[0], (int)table.shape[1]);
        using (no_grad()) embedder.parameters().Single().copy_(table);
        long[] shown = [.. golden.Longs("label.labels").Zip(golden.Longs("label.force_drop_ids"), (label, drop) => drop == 1 ? nullLabel : label)];
        Assert.Equal(golden.Longs("label.dropped_labels"), shown);
        GoldenTensors.Close(golden.Tensor("label.out_eval"), embedder.forward(golden.Tensor("label.labels")), 0, 0, "label.out_eval");
        GoldenTensors.Close(golden.Tensor("label.out_forced"), embedder.forward(tensor(shown)), 0, 0, "label.out_forced");
    }

    [Fact]
    public void PatchifyThenUnpatchify_IsTheIdentityUpToChannelOrder()
    {
        using var scope = NewDisposeScope();
        var x = randn(2, 3, 12, 12);
        var tokens = Patches.Patchify(x, 4);
        var channelFastest = tokens.reshape(2, 9, 3, 16).transpose(2, 3).reshape(2, 9, 48);
        GoldenTensors.Close(x, Patches.Unpatchify(channelFastest, 4), 0, 0, "image");
    }

    [Fact]
    public void LabelDropout_DropsTheSameLabelsAgainAndAboutTheGivenShare()
    {
        long[] ids = [.. Enumerable.Range(0, 20000)];
        var (labels, epochs) = (new long[20000], new int[20000]);
        var dropped = LabelDropout.Apply(labels, ids, epochs, 0.1, 7, seed: 5);
        Assert.Equal(dropped, LabelDropout.Apply(labels, ids, epochs, 0.1, 7, seed: 5));
        Assert.InRange(dropped.Count(label => label == 7) / 20000.0, 0.09, 0.11);
        Assert.Equal(labels, LabelDropout.Apply(labels, ids, epochs, 0, 7, seed: 5));
    }

    /// <summary>A model that does not start at zero, so that its output says something.</summary>
    internal static DiT Awake(ModelSpec spec)
    {
        var model = new DiT(spec, seed: 1);
        using var noGrad = no_grad();
        foreach (var (name, parameter) in model.named_parameters())
            if (name.Contains("adaLN", StringComparison.Ordinal) || name.StartsWith("final_layer", StringComparison.Ordinal))
                parameter.copy_(randn(parameter.shape) * 0.2);
        return model;
    }

    static DiT Loaded(string weights)
    {
        var file = GoldenFile.Open(weights);
        var model = new DiT(file.ModelSpec(), seed: 0);
        model.Load(file);
        return model;
    }
}
