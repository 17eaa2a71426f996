// Shapes: N samples, C channels, H = W latent pixels, T tokens, D width. Fields carry the reference checkpoint's key names, because
// RegisterComponents turns field names into state-dict keys.
using Flow.Domain.Models;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Flow.Training.Models;

/// <summary>
/// A diffusion transformer with adaLN-Zero (Peebles and Xie, "Scalable Diffusion Models with Transformers", 2023): latents and a timestep
/// in, a prediction for every latent pixel out. It draws no random numbers; labels are dropped by <see cref="LabelDropout"/> before.
/// </summary>
public sealed class DiT : Denoiser
{
    readonly Parameter pos_embed;
    readonly Module<Tensor, Tensor, Tensor> x_embedder;
    readonly TimestepEmbedder t_embedder;
    readonly LabelEmbedder y_embedder;
    readonly ModuleList<DiTBlock> blocks;
    readonly FinalLayer final_layer;

    /// <summary>Weights are a pure function of the spec and the seed, the same on every engine.</summary>
    public DiT(ModelSpec spec, int seed) : base(nameof(DiT), spec)
    {
        x_embedder = spec.Conditioning == Conditioning.Generalist
            ? new RoutedPatchEmbed(spec)
            : new PatchEmbed(spec.InputChannels, spec.Hidden, spec.Patch);
        t_embedder = new TimestepEmbedder(spec.Hidden);
        y_embedder = new LabelEmbedder(spec.LabelRows, spec.Hidden);
        pos_embed = new Parameter(Positions(spec), requires_grad: false);
        blocks = ModuleList(Enumerable.Range(0, spec.Depth).Select(_ => new DiTBlock(spec)).ToArray());
        final_layer = new FinalLayer(spec.Hidden, spec.Patch * spec.Patch * spec.OutputChannels);
        RegisterComponents();
        Initialisation.Apply(this, seed);
    }

    /// <summary>x_NCHW, t_N, y_N (I64 labels) -> [N, OutputChannels, H, W].</summary>
    public override Tensor forward(Tensor x_NCHW, Tensor t_N, Tensor y_N, List<Routing>? routings)
    {
        var c_ND = t_embedder.forward(t_N) + y_embedder.forward(y_N);
        var x_NTD = x_embedder.forward(x_NCHW, y_N) + pos_embed;
        foreach (var block in blocks)
        {
            // Autograd keeps what it needs; in sampling this frees each block's input at once.
            using var input = x_NTD;
            x_NTD = block.forward(input, c_ND, routings);
        }
        return Patches.Unpatchify(final_layer.forward(x_NTD, c_ND), Spec.Patch);
    }

    internal static Tensor Positions(ModelSpec spec) =>
        tensor(PositionEmbedding.SinCos(spec.Hidden, spec.LatentSize / spec.Patch), [1, spec.Tokens, spec.Hidden]);
}
