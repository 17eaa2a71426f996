using System.Collections.Immutable;
using LanguageExt;

namespace Flow.Domain.Diffusion;

/// <summary>
/// The variances of the forward process q(x_t | x_0) = N(sqrt(alphaBar_t) x_0, (1 - alphaBar_t) I), in double precision, and what follows
/// from them for the posterior q(x_{t-1} | x_t, x_0) (Ho et al. 2020, equations 4 to 7; Nichol and Dhariwal 2021).
/// </summary>
/// <remarks>
/// Entry i belongs to step i of this process, which a network knows as <see cref="Timesteps"/>[i]: the two differ after
/// <see cref="Respace"/>. Index 0 is the least noisy step.
/// </remarks>
public sealed class NoiseSchedule
{
    const double MaxBeta = 0.999;

    NoiseSchedule(ImmutableArray<double> beta, ImmutableArray<int> timesteps, int trainedOn)
    {
        Beta = beta;
        Timesteps = timesteps;
        TrainedTimesteps = trainedOn;
        var alphaBar = new double[beta.Length];
        var product = 1.0;
        for (var i = 0; i < beta.Length; i++) alphaBar[i] = product *= 1 - beta[i];
        AlphaBar = [.. alphaBar];
        AlphaBarPrev = [1.0, .. alphaBar[..^1]];
        AlphaBarNext = [.. alphaBar[1..], 0.0];
        PosteriorVariance = Each((b, bar, prev) => b * (1 - prev) / (1 - bar));
        var clipped = PosteriorVariance.Length > 1 ? PosteriorVariance.SetItem(0, PosteriorVariance[1]) : Beta;
        PosteriorLogVariance = [.. clipped.Select(Math.Log)];
        PosteriorMeanX0 = Each((b, bar, prev) => b * Math.Sqrt(prev) / (1 - bar));
        PosteriorMeanXt = Each((b, bar, prev) => (1 - prev) * Math.Sqrt(1 - b) / (1 - bar));
    }

    /// <summary>Steps of this process: T, or fewer after <see cref="Respace"/>.</summary>
    public int Count => Beta.Length;

    /// <summary>T of the process the network was trained on; a rescaled bound counts in its units.</summary>
    public int TrainedTimesteps { get; }

    /// <summary>The timestep that the network is told at each step, ascending.</summary>
    public ImmutableArray<int> Timesteps { get; }

    public ImmutableArray<double> Beta { get; }

    public ImmutableArray<double> AlphaBar { get; }

    /// <summary>alphaBar of the step before; 1 at step 0.</summary>
    public ImmutableArray<double> AlphaBarPrev { get; }

    /// <summary>alphaBar of the step after; 0 at the last step.</summary>
    public ImmutableArray<double> AlphaBarNext { get; }

    /// <summary>betaTilde_t = beta_t (1 - alphaBar_{t-1}) / (1 - alphaBar_t); 0 at step 0.</summary>
    public ImmutableArray<double> PosteriorVariance { get; }

    /// <summary>log betaTilde_t with the entry of step 0, log 0, replaced by that of step 1 (or by log beta in a process of one step).</summary>
    public ImmutableArray<double> PosteriorLogVariance { get; }

    /// <summary>Coefficient of x_0 in the posterior mean.</summary>
    public ImmutableArray<double> PosteriorMeanX0 { get; }

    /// <summary>Coefficient of x_t in the posterior mean.</summary>
    public ImmutableArray<double> PosteriorMeanXt { get; }

    /// <summary>The schedule that a spec names, with its published end points.</summary>
    public static NoiseSchedule Of(DiffusionSpec spec) => spec.Schedule switch
    {
        BetaSchedule.Linear => Linear(spec.Timesteps),
        BetaSchedule.ScaledLinear => ScaledLinear(spec.Timesteps),
        BetaSchedule.Cosine => Cosine(spec.Timesteps),
        _ => throw new ArgumentOutOfRangeException(nameof(spec), spec.Schedule, "unknown beta schedule"),
    };

    /// <summary>linspace(1e-4, 0.02) for T = 1000, both ends scaled by 1000/T otherwise (IDDPM's get_named_beta_schedule).</summary>
    public static NoiseSchedule Linear(int timesteps) => Linear(timesteps, 1000.0 / timesteps * 0.0001, 1000.0 / timesteps * 0.02);

    /// <summary>linspace(first, last).</summary>
    public static NoiseSchedule Linear(int timesteps, double first, double last) => FromBetas(Linspace(first, last, timesteps));

    /// <summary>linspace(sqrt(first), sqrt(last)) squared; the defaults are Stable Diffusion's.</summary>
    public static NoiseSchedule ScaledLinear(int timesteps, double first = 0.00085, double last = 0.012) =>
        FromBetas(Linspace(Math.Sqrt(first), Math.Sqrt(last), timesteps).Select(root => root * root));

    /// <summary>beta_i = min(1 - f((i+1)/T) / f(i/T), 0.999), f(u) = cos^2((u + 0.008) / 1.008 pi/2) (Nichol and Dhariwal, equation 17).</summary>
    public static NoiseSchedule Cosine(int timesteps)
    {
        static double F(double u) => Math.Pow(Math.Cos((u + 0.008) / 1.008 * Math.PI / 2), 2);
        return FromBetas(Enumerable.Range(0, timesteps)
            .Select(i => Math.Min(1 - F((i + 1.0) / timesteps) / F((double)i / timesteps), MaxBeta)));
    }

    /// <summary>A schedule from its betas, each in (0, 1]; a beta of 1 is a step whose result is pure noise.</summary>
    public static NoiseSchedule FromBetas(IEnumerable<double> betas)
    {
        ImmutableArray<double> beta = [.. betas];
        if (beta.IsEmpty || beta.Any(b => !(b is > 0 and <= 1)))
            throw new ArgumentException("betas must be given and lie in (0, 1]", nameof(betas));
        return new(beta, [.. Enumerable.Range(0, beta.Length)], beta.Length);
    }

    /// <summary>
    /// The same process seen at some of its steps only: beta'_i = 1 - alphaBar(kept_i) / alphaBar(kept_{i-1}) (Nichol and Dhariwal,
    /// section 4).
    /// </summary>
    /// <param name="kept">Steps of this process, in any order; repeats count once.</param>
    public NoiseSchedule Respace(IEnumerable<int> kept)
    {
        ImmutableArray<int> steps = [.. kept.Distinct().Order()];
        if (steps.IsEmpty || steps[0] < 0 || steps[^1] >= Count)
            throw new ArgumentException($"the kept steps must be given and lie in 0..{Count - 1}", nameof(kept));
        var beta = ImmutableArray.CreateBuilder<double>(steps.Length);
        var last = 1.0;
        foreach (var step in steps)
        {
            beta.Add(1 - AlphaBar[step] / last);
            last = AlphaBar[step];
        }
        return new(beta.MoveToImmutable(), [.. steps.Select(s => Timesteps[s])], TrainedTimesteps);
    }

    /// <summary>
    /// sqrt(alphaBar) shifted and scaled so that the last entry is exactly 0 and the first stays (Lin et al. 2024, algorithm 1).
    /// Such a process can't be used with eps-prediction, whose first step would divide by 0.
    /// </summary>
    public NoiseSchedule WithZeroTerminalSnr()
    {
        var (first, last) = (Math.Sqrt(AlphaBar[0]), Math.Sqrt(AlphaBar[^1]));
        var bar = AlphaBar.Select(a => Math.Pow((Math.Sqrt(a) - last) * first / (first - last), 2)).ToArray();
        return new([.. bar.Select((a, i) => 1 - (i == 0 ? a : a / bar[i - 1]))], Timesteps, TrainedTimesteps);
    }

    static IEnumerable<double> Linspace(double first, double last, int count)
    {
        var step = count > 1 ? (last - first) / (count - 1) : 0;
        return Enumerable.Range(0, count).Select(i => i == count - 1 && count > 1 ? last : first + i * step);
    }

    ImmutableArray<double> Each(Func<double, double, double, double> of) =>
        [.. Enumerable.Range(0, Count).Select(i => of(Beta[i], AlphaBar[i], AlphaBarPrev[i]))];
}
