using Flow.Domain.Models;
using Flow.Training.Models;
using Xunit;
using static LanguageExt.Prelude;
using static TorchSharp.torch;

namespace Flow.Training.Tests.Models;

public class SpecOfWeightsTests
{
    static readonly ModelSpec published = Sizes.Find("DiT-S/8").IfNone(() => throw new InvalidOperationException("no DiT-S/8"));

    public static TheoryData<ModelSpec> Specs =>
    [
        published,
        published with { LatentSize = 64, LearnSigma = false },
        published with { Conditioning = Conditioning.ImageToImage },
        published with { Conditioning = Conditioning.Generalist, Classes = 1004 },
        published with { ClassDropout = 0 },
    ];

    [Theory, MemberData(nameof(Specs))]
    public void OwnWeights_AreRecognised(ModelSpec spec)
    {
        using var scope = NewDisposeScope();
        Assert.Equal(spec, SpecOfWeights.Recognise(Networks.Build(spec, seed: 0).state_dict()).IfLeft(error => throw new InvalidOperationException(error.Message)));
    }

    [Fact]
    public void Experts_AreRecognisedByTheirShapes()
    {
        using var scope = NewDisposeScope();
        var state = Networks.Build(published, seed: 0).state_dict();
        state["blocks.0.moe.gate.weight"] = empty([16, 384]);
        state["blocks.0.moe.shared_experts.gate_proj.weight"] = empty([768, 384]);
        Assert.Equal(Some(new MoeSpec(16, 2)), Recognised(state).Moe);
        state.Remove("blocks.0.moe.shared_experts.gate_proj.weight");
        state["blocks.0.moe.experts.0.fc1.weight"] = empty([1536, 384]);
        Assert.Equal(Some(new MoeSpec(16, 2, ExpertKind.UpcycledMlp, SharedExperts: 0)), Recognised(state).Moe);
    }

    [Fact]
    public void StrangeWeights_AreRefusedWithTheReason()
    {
        using var scope = NewDisposeScope();
        var odd = Networks.Build(published with { Depth = 1 }, seed: 0).state_dict();
        Assert.Contains("Width 384, depth 1 and patch 8", Refused(odd), StringComparison.Ordinal);
        Assert.Contains("not the weights of a DiT", Refused(new Dictionary<string, Tensor> { ["conv.weight"] = empty([1]) }), StringComparison.Ordinal);
    }

    static ModelSpec Recognised(Dictionary<string, Tensor> state) =>
        SpecOfWeights.Recognise(state).IfLeft(error => throw new InvalidOperationException(error.Message));

    static string Refused(Dictionary<string, Tensor> state) => SpecOfWeights.Recognise(state).Match(spec => $"took it for {spec.Name}", error => error.Message);
}
