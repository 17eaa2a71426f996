namespace Flow.Domain.Diffusion;

/// <summary>How the betas of the forward process grow (facts/models.md section 2).</summary>
public enum BetaSchedule
{
    /// <summary>linspace(1e-4, 0.02), DiT's and the IDDPM default.</summary>
    Linear,

    /// <summary>linspace(sqrt(0.00085), sqrt(0.012)) squared, Stable Diffusion's.</summary>
    ScaledLinear,

    /// <summary>squaredcos_cap_v2.</summary>
    Cosine,
}

/// <summary>What the network predicts.</summary>
public enum PredictionTarget
{
    Eps,
    X0,
    V,

    /// <summary>The velocity x1 - x0 of rectified flow, in the convention of DiT-MoE.</summary>
    RectifiedFlow,
}

/// <summary>Which loss trains it.</summary>
public enum LossKind
{
    /// <summary>Mean squared error on the prediction (the perception paper's equation 2).</summary>
    Mse,

    /// <summary>MSE plus the variational bound on a learned-range variance with the mean detached (IDDPM, DiT's training loss).</summary>
    Hybrid,
}

/// <summary>The forward process and the objective.</summary>
/// <param name="Timesteps">T, 1000 in both papers.</param>
public sealed record DiffusionSpec(
    BetaSchedule Schedule = BetaSchedule.Linear,
    PredictionTarget Target = PredictionTarget.Eps,
    LossKind Loss = LossKind.Hybrid,
    int Timesteps = 1000);

/// <summary>Where the re-spaced timesteps of a sampler lie (diffusers' names).</summary>
public enum TimestepSpacing
{
    Trailing,
    Leading,
    Linspace,
}

/// <summary>How the members of an ensemble become one prediction.</summary>
public enum EnsembleReduction
{
    Mean,
    Median,

    /// <summary>Marigold's median compilation: scales and shifts that align the members, then their median.</summary>
    AlignedMedian,
}

/// <summary>Test-time compute: N denoising steps, M ensemble members, and how they are drawn.</summary>
/// <param name="Steps">N, denoising steps.</param>
/// <param name="Ensemble">M, independent noise seeds.</param>
/// <param name="Eta">0 is deterministic DDIM, 1 is ancestral.</param>
/// <param name="Guidance">Classifier-free guidance scale; 1 switches it off.</param>
public sealed record SamplerSpec(
    int Steps = 50,
    int Ensemble = 1,
    double Eta = 0,
    TimestepSpacing Spacing = TimestepSpacing.Trailing,
    EnsembleReduction Reduction = EnsembleReduction.Mean,
    double Guidance = 1);
