using System.Collections.Immutable;
using Flow.Domain.Diffusion;
using Flow.Domain.Random;

namespace Flow.Training.Diffusion;

/// <summary>The variance of the reverse process p(x_{t-1} | x_t).</summary>
public enum VarianceKind
{
    /// <summary>log sigma^2 = f log beta_t + (1 - f) log betaTilde_t, f = (v + 1) / 2 for the network's second half of channels v (IDDPM, equation 15).</summary>
    LearnedRange,

    /// <summary>beta_t, and betaTilde_1 at step 0.</summary>
    FixedLarge,

    /// <summary>betaTilde_t.</summary>
    FixedSmall,
}

/// <summary>
/// A forward process and how a network speaks of it: schedule, prediction target, variance and loss. Immutable; it holds no tensor.
/// </summary>
public sealed record DiffusionProcess(NoiseSchedule Schedule, PredictionTarget Target, VarianceKind Variance, LossKind Loss)
{
    /// <summary>The process of a spec. Without learned sigma, or when nothing trains it, the variance is the fixed large one, as in DiT.</summary>
    public static DiffusionProcess Of(DiffusionSpec spec, bool learnSigma)
    {
        if (spec.Target == PredictionTarget.RectifiedFlow && spec.Loss != LossKind.Mse)
            throw new ArgumentException($"loss {spec.Loss} is not defined for a rectified flow, which has no variance; use Mse", nameof(spec));
        var learned = learnSigma && spec.Loss != LossKind.Mse;
        return new(NoiseSchedule.Of(spec), spec.Target, learned ? VarianceKind.LearnedRange : VarianceKind.FixedLarge, spec.Loss);
    }

    /// <summary>
    /// One training time per sample, a pure function of (seed, epoch, sample id): a step of the schedule, uniform; or, for a rectified
    /// flow, a time in (0, 1) with a standard normal logit (Esser et al. 2024, as DiT-MoE trains).
    /// </summary>
    public double[] DrawTimes(int seed, int[] epochs, long[] sampleIds)
    {
        var times = new double[sampleIds.Length];
        for (var i = 0; i < times.Length; i++)
        {
            var random = new CounterRandom(seed, Purpose.Timestep, epochs[i], sampleIds[i]);
            times[i] = Target == PredictionTarget.RectifiedFlow ? Sigmoid(Normal(random)) : random.Below(0, Schedule.Count);
        }
        return times;
    }

    /// <summary>log of the fixed variance at every step.</summary>
    public ImmutableArray<double> FixedLogVariance() => Variance == VarianceKind.FixedLarge
        ? [Schedule.PosteriorLogVariance[0], .. Schedule.Beta.Skip(1).Select(b => Math.Log(b))]
        : Schedule.PosteriorLogVariance;

    static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));

    static double Normal(CounterRandom random)
    {
        Span<float> one = stackalloc float[1];
        random.Normal(one);
        return one[0];
    }
}
