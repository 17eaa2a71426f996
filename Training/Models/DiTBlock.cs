// Shapes: N samples, T tokens, D width. Fields carry the reference checkpoint's key names, because RegisterComponents turns field
// names into state-dict keys.
using Flow.Domain.Models;
using Flow.Torch;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Flow.Training.Models;

/// <summary>Multi-head self-attention with one packed projection: queries, keys, values, then heads (timm 0.6).</summary>
public sealed class Attention : Module<Tensor, Tensor>
{
    readonly int heads;
    readonly Linear qkv;
    readonly Linear proj;

    public Attention(int hidden, int heads) : base(nameof(Attention))
    {
        this.heads = heads;
        qkv = Linear(hidden, 3 * hidden);
        proj = Linear(hidden, hidden);
        RegisterComponents();
    }

    internal Linear Qkv => qkv;

    internal Linear Proj => proj;

    public override Tensor forward(Tensor x_NTD) => proj.forward(TensorEngine.Current.Attention(qkv.forward(x_NTD), heads));
}

/// <summary>Two linear layers around a tanh-approximated GELU.</summary>
public sealed class Mlp : Module<Tensor, Tensor>
{
    readonly Linear fc1;
    readonly Linear fc2;

    public Mlp(int hidden, int inner) : base(nameof(Mlp))
    {
        fc1 = Linear(hidden, inner);
        fc2 = Linear(inner, hidden);
        RegisterComponents();
    }

    internal Linear Fc1 => fc1;

    internal Linear Fc2 => fc2;

    public override Tensor forward(Tensor x) => fc2.forward(TensorEngine.Current.LinearGelu(x, fc1.weight, fc1.bias));
}

/// <summary>
/// Attention and MLP, each modulated and gated by the conditioning vector (adaLN-Zero): a fresh block is the identity, because its gates
/// start at zero. Where the spec asks for experts the MLP is a mixture of them.
/// </summary>
public sealed class DiTBlock : Module<Tensor, Tensor, Tensor>
{
    readonly Attention attn;
    readonly Mlp? mlp;
    readonly MixtureOfExperts? moe;
    readonly Sequential adaLN_modulation;

    // The same layers once more, for engines that do a whole block in one call.
    readonly BlockLayers? dense;
    readonly int heads;

    public DiTBlock(ModelSpec spec) : base(nameof(DiTBlock))
    {
        attn = new Attention(spec.Hidden, spec.Heads);
        (mlp, moe) = FeedForward(spec);
        var modulation = Linear(spec.Hidden, 6 * spec.Hidden);
        adaLN_modulation = Sequential(SiLU(), modulation);
        if (mlp is not null) dense = new(modulation, attn.Qkv, attn.Proj, mlp.Fc1, mlp.Fc2);
        heads = spec.Heads;
        RegisterComponents();
    }

    public override Tensor forward(Tensor x_NTD, Tensor c_ND) => forward(x_NTD, c_ND, null);

    /// <summary>As <see cref="forward(Tensor, Tensor)"/>; how the tokens were routed is added to <paramref name="routings"/>.</summary>
    public Tensor forward(Tensor x_NTD, Tensor c_ND, List<Routing>? routings)
    {
        if (dense is not null && TensorEngine.Current.Block(x_NTD, c_ND, dense, heads) is { } done) return done;
        using var scope = NewDisposeScope();
        var m = adaLN_modulation.forward(c_ND).chunk(6, 1);
        var (shift_msa, scale_msa, gate_msa, shift_mlp, scale_mlp, gate_mlp) = (m[0], m[1], m[2], m[3], m[4], m[5]);
        var engine = TensorEngine.Current;
        var x = engine.GatedResidual(x_NTD, gate_msa, attn.forward(engine.LayerNormModulate(x_NTD, shift_msa, scale_msa)));
        var normed = engine.LayerNormModulate(x, shift_mlp, scale_mlp);
        x = engine.GatedResidual(x, gate_mlp, moe is null ? mlp!.forward(normed) : moe.forward(normed, routings));
        if (moe is not null) routings?[^1].MoveToOuterDisposeScope();
        return x.MoveToOuterDisposeScope();
    }

    /// <summary>Either an MLP or a mixture of experts, whichever the spec asks for; the other is null and has no keys.</summary>
    internal static (Mlp?, MixtureOfExperts?) FeedForward(ModelSpec spec)
    {
        var inner = (int)(spec.Hidden * spec.MlpRatio);
        return spec.Moe.Match<(Mlp?, MixtureOfExperts?)>(
            Some: experts => (null, new MixtureOfExperts(spec.Hidden, inner, experts)),
            None: () => (new Mlp(spec.Hidden, inner), null));
    }
}

/// <summary>From tokens to patches of pixels: modulated norm, then one linear map that starts at zero.</summary>
public sealed class FinalLayer : Module<Tensor, Tensor, Tensor>
{
    readonly Linear linear;
    readonly Sequential adaLN_modulation;

    // The same layer once more, in a tuple so that it gets no second key.
    readonly ValueTuple<Linear> modulation;

    public FinalLayer(int hidden, int patchOutputs) : base(nameof(FinalLayer))
    {
        linear = Linear(hidden, patchOutputs);
        var outputs = Linear(hidden, 2 * hidden);
        adaLN_modulation = Sequential(SiLU(), outputs);
        modulation = new(outputs);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x_NTD, Tensor c_ND)
    {
        if (TensorEngine.Current.FinalLayer(x_NTD, c_ND, modulation.Item1, linear) is { } done) return done;
        var m = adaLN_modulation.forward(c_ND).chunk(2, 1);
        return linear.forward(TensorEngine.Current.LayerNormModulate(x_NTD, m[0], m[1]));
    }
}
