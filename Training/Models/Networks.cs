using Flow.Domain.Models;

namespace Flow.Training.Models;

/// <summary>The network of a spec.</summary>
public static class Networks
{
    /// <summary>
    /// Builds the network with fresh weights, a pure function of the spec and the seed. Give it the spec of a validated
    /// <see cref="Model"/>; a spec that contradicts itself fails somewhere inside.
    /// </summary>
    public static Denoiser Build(ModelSpec spec, int seed) => spec.IsCaptioned ? new CaptionDiT(spec, seed) : new DiT(spec, seed);
}
