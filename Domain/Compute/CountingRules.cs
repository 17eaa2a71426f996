namespace Flow.Domain.Compute;

/// <summary>
/// What counts as compute. The defaults are the DiT papers': a multiply-accumulate is one MAC and two FLOPs, training is a forward pass
/// and a backward of twice its size, and the codec is left out because its latents are computed once.
/// </summary>
/// <param name="BackwardPerForward">MACs of a backward pass in units of the forward pass.</param>
/// <param name="Recompute">Gradient checkpointing runs every forward pass twice. MFU by convention leaves that out, so it is off.</param>
/// <param name="Codec">Whether encoding and decoding count; with few denoising steps they cost more than the transformer.</param>
/// <param name="ShownFlopsPerMac">FLOPs shown for a MAC. The "Gflops" of the DiT papers count 1. Hours and laws do not move with it.</param>
public sealed record CountingRules(double BackwardPerForward = 2, bool Recompute = false, bool Codec = false, double ShownFlopsPerMac = CountingRules.FlopsPerMac)
{
    /// <summary>A multiplication and an addition: how the peaks of devices and the budgets of laws count.</summary>
    public const double FlopsPerMac = 2;

    /// <summary>Training MACs of an image for one forward MAC: 3 by default.</summary>
    public double TrainPerForward => 1 + BackwardPerForward + (Recompute ? 1 : 0);
}
