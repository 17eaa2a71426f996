using static TorchSharp.torch;

namespace Flow.Training.Sampling;

/// <summary>Classifier-free guidance (Ho and Salimans 2022).</summary>
public static class Guidance
{
    /// <summary>
    /// DiT guides these first channels only, of four: acknowledged by its authors and kept because the published figures were made so.
    /// </summary>
    public const int PublishedChannels = 3;

    /// <summary>u + scale (c - u) on the first <paramref name="channels"/> channels; the others are the conditional output's.</summary>
    public static Tensor Combine(Tensor conditional, Tensor unconditional, double scale, long channels)
    {
        var (c, u) = (conditional.narrow(1, 0, channels), unconditional.narrow(1, 0, channels));
        var guided = u + scale * (c - u);
        var rest = conditional.shape[1] - channels;
        return rest == 0 ? guided : cat([guided, conditional.narrow(1, channels, rest)], 1);
    }
}
