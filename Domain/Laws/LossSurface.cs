namespace Flow.Domain.Laws;

/// <summary>L = E + A / N^alpha + B / D^beta: one surface, without any claim about how well it is known (Hoffmann et al. 2022, equation 2).</summary>
/// <param name="E">Irreducible loss.</param>
public readonly record struct LossSurface(double E, double A, double B, double Alpha, double Beta)
{
    public double At(double n, double d) => E + A * Math.Pow(n, -Alpha) + B * Math.Pow(d, -Beta);

    /// <summary>a of N* ~ C^a; D* ~ C^(1 - a).</summary>
    public double ParamsExponent => Beta / (Alpha + Beta);

    /// <summary>N* = G (C/k)^a with G = (alpha A / (beta B))^(1 / (alpha + beta)) (equation 4).</summary>
    /// <param name="flops">C.</param>
    /// <param name="k">FLOPs per parameter and token.</param>
    public double OptimalParams(double flops, double k) => Math.Pow(Alpha * A / (Beta * B), 1 / (Alpha + Beta)) * Math.Pow(flops / k, ParamsExponent);

    public double OptimalTokens(double flops, double k) => flops / k / OptimalParams(flops, k);

    public double OptimalLoss(double flops, double k) => At(OptimalParams(flops, k), OptimalTokens(flops, k));
}
