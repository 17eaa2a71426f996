// Shapes: N samples, T image tokens, M text tokens, W width of the text encoder, D width, S = M + 1 context tokens.
using Flow.Domain.Models;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Flow.Training.Models;

/// <summary>
/// A vanilla transformer that reads a caption (Liang et al., "Scaling Laws for Diffusion Transformers", 2024): the timestep is one more
/// token beside the caption's, and both join the image tokens (in-context) or are read by cross-attention. There is no adaLN.
/// </summary>
public sealed class CaptionDiT : Denoiser
{
    readonly Parameter pos_embed;
    readonly PatchEmbed x_embedder;
    readonly TimestepEmbedder t_embedder;
    readonly Linear caption_embedder;
    readonly ModuleList<CaptionBlock> blocks;
    readonly CaptionFinalLayer final_layer;

    /// <summary>Weights are a pure function of the spec and the seed, the same on every engine.</summary>
    public CaptionDiT(ModelSpec spec, int seed) : base(nameof(CaptionDiT), spec)
    {
        var caption = spec.Caption.IfNone(() => throw new ArgumentException($"Model {spec.Name} says nothing of its captions.", nameof(spec)));
        x_embedder = new PatchEmbed(spec.InputChannels, spec.Hidden, spec.Patch);
        t_embedder = new TimestepEmbedder(spec.Hidden);
        caption_embedder = Linear(caption.Width, spec.Hidden);
        pos_embed = new Parameter(DiT.Positions(spec), requires_grad: false);
        blocks = ModuleList(Enumerable.Range(0, spec.Depth).Select(_ => new CaptionBlock(spec)).ToArray());
        final_layer = new CaptionFinalLayer(spec.Hidden, spec.Patch * spec.Patch * spec.OutputChannels);
        RegisterComponents();
        Initialisation.Apply(this, seed);
    }

    /// <summary>x_NCHW, t_N, and the text encoder's tokens [N, M, W] (zeros for "no caption") -> [N, OutputChannels, H, W].</summary>
    public override Tensor forward(Tensor x_NCHW, Tensor t_N, Tensor captions_NMW, List<Routing>? routings)
    {
        var context_NSD = cat([t_embedder.forward(t_N).unsqueeze(1), caption_embedder.forward(captions_NMW)], 1);
        var image_NTD = x_embedder.forward(x_NCHW, t_N) + pos_embed;
        var inContext = Spec.Conditioning == Conditioning.CaptionInContext;
        var x = inContext ? cat([context_NSD, image_NTD], 1) : image_NTD;
        foreach (var block in blocks) x = block.forward(x, context_NSD, routings);
        if (inContext) x = x.narrow(1, context_NSD.shape[1], Spec.Tokens);
        return Patches.Unpatchify(final_layer.forward(x), Spec.Patch);
    }
}

/// <summary>Pre-norm self-attention, cross-attention over the context if the spec asks for it, and an MLP or a mixture of experts.</summary>
public sealed class CaptionBlock : Module<Tensor, Tensor, Tensor>
{
    readonly LayerNorm norm1;
    readonly Attention attn;
    readonly LayerNorm? norm_cross;
    readonly CrossAttention? cross_attn;
    readonly LayerNorm norm2;
    readonly Mlp? mlp;
    readonly MixtureOfExperts? moe;

    public CaptionBlock(ModelSpec spec) : base(nameof(CaptionBlock))
    {
        var crossed = spec.Conditioning == Conditioning.CaptionCrossAttention;
        norm1 = Norm(spec.Hidden);
        attn = new Attention(spec.Hidden, spec.Heads);
        norm_cross = crossed ? Norm(spec.Hidden) : null;
        cross_attn = crossed ? new CrossAttention(spec.Hidden, spec.Heads) : null;
        norm2 = Norm(spec.Hidden);
        (mlp, moe) = DiTBlock.FeedForward(spec);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x_NTD, Tensor context_NSD) => forward(x_NTD, context_NSD, null);

    /// <summary>As <see cref="forward(Tensor, Tensor)"/>; how the tokens were routed is added to <paramref name="routings"/>.</summary>
    public Tensor forward(Tensor x_NTD, Tensor context_NSD, List<Routing>? routings)
    {
        using var scope = NewDisposeScope();
        var x = x_NTD + attn.forward(norm1.forward(x_NTD));
        if (cross_attn is not null) x = x + cross_attn.forward(norm_cross!.forward(x), context_NSD);
        var normed = norm2.forward(x);
        x = x + (moe is null ? mlp!.forward(normed) : moe.forward(normed, routings));
        if (moe is not null) routings?[^1].MoveToOuterDisposeScope();
        return x.MoveToOuterDisposeScope();
    }

    internal static LayerNorm Norm(int hidden) => LayerNorm(hidden, eps: 1e-6);
}

/// <summary>Image tokens ask, context tokens answer.</summary>
public sealed class CrossAttention : Module<Tensor, Tensor, Tensor>
{
    readonly int heads;
    readonly Linear q;
    readonly Linear kv;
    readonly Linear proj;

    public CrossAttention(int hidden, int heads) : base(nameof(CrossAttention))
    {
        this.heads = heads;
        q = Linear(hidden, hidden);
        kv = Linear(hidden, 2 * hidden);
        proj = Linear(hidden, hidden);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x_NTD, Tensor context_NSD)
    {
        var pair = kv.forward(context_NSD).chunk(2, -1);
        var mixed = functional.scaled_dot_product_attention(Split(q.forward(x_NTD)), Split(pair[0]), Split(pair[1]));
        return proj.forward(mixed.transpose(1, 2).reshape(x_NTD.shape));
    }

    /// <summary>[N, T, D] -> [N, heads, T, D / heads].</summary>
    Tensor Split(Tensor x_NTD) => x_NTD.reshape(x_NTD.shape[0], x_NTD.shape[1], heads, -1).transpose(1, 2);
}

/// <summary>Norm, then one linear map to patches that starts at zero.</summary>
public sealed class CaptionFinalLayer : Module<Tensor, Tensor>
{
    readonly LayerNorm norm;
    readonly Linear linear;

    public CaptionFinalLayer(int hidden, int patchOutputs) : base(nameof(CaptionFinalLayer))
    {
        norm = CaptionBlock.Norm(hidden);
        linear = Linear(hidden, patchOutputs);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x_NTD) => linear.forward(norm.forward(x_NTD));
}
