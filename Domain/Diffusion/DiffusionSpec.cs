using LanguageExt;

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

    /// <summary>Hybrid with the bound times T/1000, T counted after re-spacing (IDDPM's rescaled MSE); the same as Hybrid for T = 1000.</summary>
    RescaledHybrid,

    /// <summary>The variational bound alone, times T (IDDPM's rescaled KL).</summary>
    Bound,
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

/// <summary>How one denoising step is taken.</summary>
public enum SamplerKind
{
    /// <summary>Song et al. 2021; deterministic when eta is 0.</summary>
    Ddim,

    /// <summary>Ancestral sampling with the model's own variance (Ho et al. 2020).</summary>
    Ddpm,

    /// <summary>First-order steps along the velocity of a rectified flow.</summary>
    Euler,

    /// <summary>Second-order steps along the velocity of a rectified flow; two evaluations a step but the last.</summary>
    Heun,
}

/// <summary>How the members of an ensemble become one prediction.</summary>
public enum EnsembleReduction
{
    Mean,
    Median,

    /// <summary>Marigold's median compilation: scales and shifts that align the members, then their median.</summary>
    AlignedMedian,

    /// <summary>The lower of the two middle values for even M, as torch.median and with it the published code.</summary>
    LowerMedian,

    /// <summary>Median compilation as its published solver leaves it, and the lower median: for comparison with published figures.</summary>
    PublishedAlignedMedian,
}

/// <summary>Test-time compute: N denoising steps, M ensemble members, and how they are drawn.</summary>
/// <param name="Steps">N, denoising steps.</param>
/// <param name="Ensemble">M, independent noise seeds.</param>
/// <param name="Eta">0 is deterministic DDIM, 1 is ancestral.</param>
/// <param name="Guidance">Classifier-free guidance scale; 1 switches it off.</param>
/// <param name="Sampler">How a step is taken; Euler and Heun are for rectified flows, on which Ddim means Euler.</param>
/// <param name="ClipX0">Bound on the predicted |x_0| at every step; none for latents, which have no fixed range.</param>
/// <param name="GuideAllChannels">Whether guidance acts on every channel; DiT as published guides the first three of four.</param>
/// <param name="Schedule">
/// The schedule whose noise levels are visited; none is the training's own. The network is always told the trained timestep of the level.
/// </param>
public sealed record SamplerSpec(
    int Steps = 50,
    int Ensemble = 1,
    double Eta = 0,
    TimestepSpacing Spacing = TimestepSpacing.Trailing,
    EnsembleReduction Reduction = EnsembleReduction.Mean,
    double Guidance = 1,
    SamplerKind Sampler = SamplerKind.Ddim,
    bool GuideAllChannels = false,
    Option<double> ClipX0 = default,
    Option<BetaSchedule> Schedule = default)
{
    /// <summary>Forward passes of the network for one member of one sample: guidance doubles them, Heun's method nearly does.</summary>
    public int NetworkPasses => (Sampler == SamplerKind.Heun ? 2 * Steps - 1 : Steps) * (Guidance == 1 ? 1 : 2);
}
