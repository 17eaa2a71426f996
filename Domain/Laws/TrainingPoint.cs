namespace Flow.Domain.Laws;

/// <summary>One trained model, or one checkpoint of it, as the laws of model and data size see it.</summary>
/// <param name="Params">N. For diffusion transformers any monotone measure of size will do; the compute comes from <paramref name="Flops"/>.</param>
/// <param name="Tokens">D, tokens (or images) seen.</param>
/// <param name="Flops">C as counted, 6 x MACs for adaLN models: there 6ND overstates it, by 46 % for DiT-XL/2 (facts/scaling.md section 2).</param>
/// <param name="Loss">Held-out or smoothed training loss.</param>
/// <param name="Run">The run it belongs to.</param>
public readonly record struct TrainingPoint(double Params, double Tokens, double Flops, double Loss, string Run = "");
