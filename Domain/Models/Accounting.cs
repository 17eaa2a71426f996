namespace Flow.Domain.Models;

/// <summary>How many numbers a model has.</summary>
/// <param name="Total">All of them, the fixed position table included, as published counts have it.</param>
/// <param name="Active">Those that one token meets: the chosen experts instead of all; equal to Total for dense models.</param>
/// <param name="Trainable">Total without the position table.</param>
public readonly record struct ParameterCount(long Total, long Active, long Trainable);

/// <summary>
/// Parameters and multiply-accumulates by closed formula (facts/models.md sections 1, 3 and 9; docs/papers.md compares them with every
/// published figure). D width, L blocks, T image tokens, p patch, r MLP ratio, E experts, k active ones.
/// </summary>
public static class Accounting
{
    /// <summary>Width of the sinusoidal timestep embedding.</summary>
    const int Frequencies = 256;

    /// <summary>Patch convolutions of the generalist, one for each of depth, amodal, flow dx, flow dy.</summary>
    const int Routes = 4;

    public static ParameterCount Parameters(ModelSpec m)
    {
        long d = m.Hidden, patch = m.Patch * m.Patch;
        var embed = (patch * m.InputChannels * d + d) * (m.Conditioning == Conditioning.Generalist ? Routes : 1);
        var timestep = Frequencies * d + d + d * d + d;
        var labels = m.Caption.Match(Some: caption => caption.Width * d + d, None: () => m.LabelRows * d);
        var positions = m.Tokens * d;
        var final = patch * m.OutputChannels * (d + 1) + (m.IsCaptioned ? 2 * d : 2 * d * d + 2 * d);
        var total = m.Depth * Block(m, Mlp(m)) + embed + timestep + labels + positions + final;
        return new ParameterCount(total, total - m.Depth * (Mlp(m) - ActiveMlp(m)), total - positions);
    }

    /// <summary>
    /// MACs of a forward pass of one image; the "Gflops" of the DiT papers are these. Counted are matrix products (attention's two
    /// included), not norms, activations or softmax.
    /// </summary>
    public static double ForwardMacs(ModelSpec m)
    {
        double d = m.Hidden, images = m.Tokens, patch = m.Patch * m.Patch;
        var context = m.Caption.Match(Some: caption => caption.Tokens + 1.0, None: () => 0);
        var tokens = images + (m.Conditioning == Conditioning.CaptionInContext ? context : 0);
        var block = 4 * tokens * d * d + 2 * tokens * tokens * d + tokens * MlpMacs(m) + Condition(m, tokens, context);
        var ends = images * patch * (m.InputChannels + m.OutputChannels) * d + (m.IsCaptioned ? 0 : 2 * d * d);
        var captions = m.Caption.Match(Some: caption => caption.Tokens * caption.Width * d, None: () => 0);
        return m.Depth * block + ends + captions + Frequencies * d + d * d;
    }

    /// <summary>Attention 4D^2+4D, adaLN 6D^2+6D, and the MLP; with captions instead affine norms, and cross-attention if there is one.</summary>
    static long Block(ModelSpec m, long mlp)
    {
        long d = m.Hidden, attention = 4 * d * d + 4 * d;
        return attention + mlp + m.Conditioning switch
        {
            Conditioning.CaptionInContext => 4 * d,
            Conditioning.CaptionCrossAttention => attention + 6 * d,
            _ => 6 * d * d + 6 * d,
        };
    }

    static long Mlp(ModelSpec m) => m.Moe.Match(
        Some: moe => moe.Experts * (Expert(m, moe) + m.Hidden) + 3L * moe.SharedExperts * m.Hidden * m.Hidden,
        None: () => DenseMlp(m));

    static long ActiveMlp(ModelSpec m) => m.Moe.Match(
        Some: moe => Mlp(m) - (moe.Experts - moe.ActiveExperts) * Expert(m, moe),
        None: () => DenseMlp(m));

    static long DenseMlp(ModelSpec m) => 2 * Wide(m) * m.Hidden + Wide(m) + m.Hidden;

    /// <summary>SwiGLU: three matrices without biases; upcycled: the dense MLP.</summary>
    static long Expert(ModelSpec m, MoeSpec moe) => moe.Kind == ExpertKind.SwiGlu ? 3 * Wide(m) * m.Hidden : DenseMlp(m);

    static long Wide(ModelSpec m) => (long)(m.MlpRatio * m.Hidden);

    /// <summary>MACs of the MLP for one token; every token meets the router, k experts and the shared one.</summary>
    static double MlpMacs(ModelSpec m) => m.Moe.Match(
        Some: moe => m.Hidden * (moe.Experts
            + (moe.Kind == ExpertKind.SwiGlu ? 3.0 : 2.0) * moe.ActiveExperts * Wide(m)
            + 3.0 * moe.SharedExperts * m.Hidden),
        None: () => 2.0 * m.Hidden * Wide(m));

    /// <summary>MACs of conditioning a block: adaLN's 6D^2 once an image, or cross-attention over the context.</summary>
    static double Condition(ModelSpec m, double tokens, double context)
    {
        double d = m.Hidden;
        return m.Conditioning switch
        {
            Conditioning.CaptionInContext => 0,
            Conditioning.CaptionCrossAttention => 2 * tokens * d * d + 2 * context * d * d + 2 * tokens * context * d,
            _ => 6 * d * d,
        };
    }
}
