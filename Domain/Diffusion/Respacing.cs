using System.Collections.Immutable;
using System.Globalization;
using LanguageExt;
using static LanguageExt.Prelude;

namespace Flow.Domain.Diffusion;

/// <summary>
/// Which of the T training timesteps a sampler visits. Every rounding is half to even, as in Python and numpy: the published lists
/// depend on it.
/// </summary>
public static class Respacing
{
    /// <summary>
    /// The list of diffusers' schedulers, in the order of sampling: noisiest first. Trailing starts at T-1 and is the one whose first step
    /// matches pure noise; leading starts far below it when N is small (Lin et al. 2024).
    /// </summary>
    /// <param name="timesteps">T.</param>
    /// <param name="steps">N, 1 to T.</param>
    /// <param name="offset">Added to every entry of leading spacing; 1 in Stable Diffusion's configuration.</param>
    public static ImmutableArray<int> Spaced(TimestepSpacing spacing, int timesteps, int steps, int offset = 0)
    {
        if (steps < 1 || steps > timesteps)
            throw new ArgumentOutOfRangeException(nameof(steps), steps, $"denoising steps must lie in 1..{timesteps}");
        return spacing switch
        {
            TimestepSpacing.Leading => [.. Descending(steps).Select(i => Math.Min(i * (timesteps / steps) + offset, timesteps - 1))],
            TimestepSpacing.Trailing => Trailing(timesteps, steps),
            TimestepSpacing.Linspace => Linspace(timesteps, steps),
            _ => throw new ArgumentOutOfRangeException(nameof(spacing), spacing, "unknown spacing"),
        };
    }

    /// <summary>
    /// The trained timesteps whose noise levels lie nearest to those that another schedule's list would visit, noisiest first: the same
    /// network, with its test-time compute spent at other levels. The first step stays the spacing's own, since sampling starts from pure
    /// noise whatever the schedule; a level that is taken already gives way to the next free one below it, so that there are N steps.
    /// </summary>
    /// <param name="visited">The schedule whose levels are asked for.</param>
    public static ImmutableArray<int> AtLevelsOf(NoiseSchedule visited, NoiseSchedule trained, TimestepSpacing spacing, int steps)
    {
        var own = Spaced(spacing, trained.Count, steps);
        var wanted = Spaced(spacing, visited.Count, steps);
        var kept = ImmutableArray.CreateBuilder<int>(steps);
        kept.Add(own[0]);
        for (var i = 1; i < steps; i++)
            // as many timesteps must be left below as there are steps to come
            kept.Add(Math.Clamp(Nearest(trained, LogSnr(visited.AlphaBar[wanted[i]])), steps - 1 - i, kept[^1] - 1));
        return kept.ToImmutable();
    }

    static int Nearest(NoiseSchedule trained, double level) =>
        Enumerable.Range(0, trained.Count).MinBy(step => Math.Abs(LogSnr(trained.AlphaBar[step]) - level));

    static double LogSnr(double alphaBar) => Math.Log(alphaBar) - Math.Log(1 - alphaBar);

    /// <summary>
    /// IDDPM's notation: "" keeps every step; "ddimN" the smallest integer stride that gives N steps from 0; "a,b,c" cuts the range into equal
    /// sections and spreads a, b and c steps over them, both ends included. Ascending.
    /// </summary>
    public static Either<SpecError, ImmutableArray<int>> Parse(string notation, int timesteps) =>
        notation.Length == 0 ? Right<SpecError, ImmutableArray<int>>([.. Enumerable.Range(0, timesteps)])
        : notation.StartsWith("ddim", StringComparison.Ordinal)
            ? Count(notation, notation[4..], timesteps).Bind(n => Strided(notation, n, timesteps))
        : notation.Split(',').Map(part => Count(notation, part, timesteps)).Sequence()
            .Bind(counts => Sections(notation, [.. counts], timesteps));

    static ImmutableArray<int> Trailing(int timesteps, int steps)
    {
        // numpy's arange adds this rounded difference, not the step itself, and the published lists inherit its rounding
        var difference = timesteps - (double)timesteps / steps - timesteps;
        return [.. Enumerable.Range(0, steps).Select(k => (int)Math.Round(timesteps + k * difference) - 1)];
    }

    static ImmutableArray<int> Linspace(int timesteps, int steps)
    {
        var stride = steps > 1 ? (timesteps - 1.0) / (steps - 1) : 0;
        return [.. Descending(steps).Select(i => (int)Math.Round(i * stride))];
    }

    static IEnumerable<int> Descending(int steps) => Enumerable.Range(0, steps).Reverse();

    static Either<SpecError, ImmutableArray<int>> Strided(string notation, int steps, int timesteps)
    {
        for (var stride = 1; stride < timesteps; stride++)
            if ((timesteps + stride - 1) / stride == steps)
                return Right<SpecError, ImmutableArray<int>>([.. Enumerable.Range(0, steps).Select(i => i * stride)]);
        return Wrong(notation, $"not reachable: no integer stride gives exactly {steps} of {timesteps} steps");
    }

    static Either<SpecError, ImmutableArray<int>> Sections(string notation, int[] counts, int timesteps)
    {
        var (size, larger) = Math.DivRem(timesteps, counts.Length);
        var kept = ImmutableArray.CreateBuilder<int>();
        var start = 0;
        for (var section = 0; section < counts.Length; section++)
        {
            var length = size + (section < larger ? 1 : 0);
            if (counts[section] > length) return Wrong(notation, $"too many: a section of {length} steps can't keep {counts[section]}");
            var stride = counts[section] > 1 ? (length - 1.0) / (counts[section] - 1) : 1;
            // summed, not multiplied: the reference accumulates the rounding error of the stride
            var position = 0.0;
            for (var i = 0; i < counts[section]; i++, position += stride) kept.Add(start + (int)Math.Round(position));
            start += length;
        }
        return Right<SpecError, ImmutableArray<int>>(kept.ToImmutable());
    }

    static Either<SpecError, int> Count(string notation, string part, int timesteps) =>
        int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count >= 1 && count <= timesteps
            ? Right<SpecError, int>(count)
            : Left<SpecError, int>(Error(notation, $"not understood: '{part}' should be a number of steps in 1..{timesteps}"));

    static Either<SpecError, ImmutableArray<int>> Wrong(string notation, string why) =>
        Left<SpecError, ImmutableArray<int>>(Error(notation, why));

    static SpecError Error(string notation, string why) => new("respacing", notation, why);
}
