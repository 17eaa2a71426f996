namespace Flow.Domain.Models;

/// <summary>Multiply-accumulates of one forward pass of one image, by closed formula (facts/models.md sections 3 and 9).</summary>
public static class Accounting
{
    /// <summary>MACs of a forward pass of one image; published "Gflops" of DiT models are these.</summary>
    public static double ForwardMacs(ModelSpec m)
    {
        double t = m.Tokens, d = m.Hidden, patch = m.Patch * m.Patch;
        var attention = 4 * t * d * d + 2 * t * t * d;
        var modulation = 6 * d * d;
        var ends = t * patch * m.InputChannels * d + t * d * patch * m.OutputChannels + 2 * d * d;
        var timestep = 256 * d + d * d;
        return m.Depth * (attention + MlpMacs(m, t, d) + modulation) + ends + timestep;
    }

    static double MlpMacs(ModelSpec m, double t, double d) => m.Moe.Match(
        Some: moe =>
            t * d * moe.Experts
            + moe.ActiveExperts * t * d * d * m.MlpRatio * (moe.Kind == ExpertKind.SwiGlu ? 3 : 2)
            + 3 * t * d * d * moe.SharedExperts,
        None: () => 2 * t * d * d * m.MlpRatio);
}
