using Flow.Domain.Diffusion;
using Flow.Training.Diffusion;
using static TorchSharp.torch;

namespace Flow.Training.Sampling;

/// <summary>
/// DDPM and DDIM on the re-spaced process of a sampler. The step before is looked up in the list of kept timesteps, not computed as
/// t - T/N, which is wrong wherever N does not divide T.
/// </summary>
public sealed class ReverseSampler
{
    readonly DiffusionProcess process;
    readonly SamplerSpec spec;
    readonly StepCoefficients coefficients;

    /// <summary>Keeps the spec's spacing of the process's steps, or the steps at the noise levels of the schedule that it names.</summary>
    public ReverseSampler(DiffusionProcess process, SamplerSpec spec, Device device)
        : this(process, spec, Kept(process.Schedule, spec), device)
    {
    }

    /// <summary>Keeps the given steps of the process.</summary>
    public ReverseSampler(DiffusionProcess process, SamplerSpec spec, IEnumerable<int> kept, Device device)
    {
        if (spec.Sampler is SamplerKind.Euler or SamplerKind.Heun)
            throw new ArgumentException($"{spec.Sampler} follows the velocity of a rectified flow; for {process.Target} use Ddim or Ddpm", nameof(spec));
        this.process = process with { Schedule = process.Schedule.Respace(kept) };
        this.spec = spec;
        coefficients = StepCoefficients.Of(this.process, [.. Enumerable.Range(0, Steps)], 4, device);
    }

    /// <summary>Denoising steps, each one evaluation of the network.</summary>
    public int Steps => process.Schedule.Count;

    /// <summary>From pure noise to latents. Intermediate tensors are disposed of step by step.</summary>
    /// <param name="model">(x_t, time [1]) -> raw output.</param>
    /// <param name="noise">The noise of a step, by its index in the re-spaced process.</param>
    public Tensor Run(Func<Tensor, Tensor, Tensor> model, Tensor start, Func<int, Tensor> noise)
    {
        var x = start;
        for (var i = Steps - 1; i >= 0; i--)
        {
            using var scope = NewDisposeScope();
            var before = x;
            x = Step(i, x, model(x, coefficients.Only(i).Timestep), noise).MoveToOuterDisposeScope();
            before.Dispose();
        }
        return x;
    }

    /// <summary>x_{i-1} from x_i and the network's raw output there.</summary>
    public Tensor Step(int i, Tensor x, Tensor output, Func<int, Tensor> noise)
    {
        var (c, schedule) = (coefficients.Only(i), process.Schedule);
        output = output.to(x.dtype);
        if (spec.Sampler == SamplerKind.Ddpm)
        {
            var reverse = ReverseGaussian.Of(process, output, x, c, spec.ClipX0);
            return DenoisingStep.Ddpm(reverse.Mean, reverse.LogVariance, i > 0 ? noise(i) : null);
        }
        var (x0, eps) = X0AndEps(x, output, c);
        return DenoisingStep.Ddim(x0, eps, schedule.AlphaBar[i], schedule.AlphaBarPrev[i], spec.Eta, spec.Eta > 0 && i > 0 ? noise(i) : null);
    }

    static IEnumerable<int> Kept(NoiseSchedule trained, SamplerSpec spec) => spec.Schedule.Match(
        Some: schedule => Respacing.AtLevelsOf(NoiseSchedule.Of(new DiffusionSpec(schedule, Timesteps: trained.Count)), trained, spec.Spacing, spec.Steps),
        None: () => Respacing.Spaced(spec.Spacing, trained.Count, spec.Steps));

    (Tensor X0, Tensor Eps) X0AndEps(Tensor x, Tensor output, StepCoefficients c)
    {
        var (prediction, _) = ReverseGaussian.Split(output, x);
        var x0 = Prediction.X0(process.Target, prediction, x, c);
        if (spec.ClipX0.IsNone) return (x0, Prediction.Eps(process.Target, prediction, x, c));
        // the noise that belongs to the clipped x_0, as in IDDPM; diffusers keeps the network's
        x0 = ReverseGaussian.Clip(x0, spec.ClipX0);
        return (x0, Prediction.EpsOf(x0, x, c));
    }
}
