namespace Flow.Training.Ensembles;

/// <summary>What the aligned members are reduced by.</summary>
public enum EnsembleStatistic
{
    Mean,

    /// <summary>The mean of the two middle values for even M.</summary>
    Median,

    /// <summary>The lower middle value for even M, as torch.median.</summary>
    LowerMedian,
}

/// <summary>What the members are known up to.</summary>
public enum MemberFreedom
{
    /// <summary>Scale and shift each (affine-invariant depth).</summary>
    Affine,

    /// <summary>Scale each (scale-invariant depth).</summary>
    Scale,
}

/// <summary>How the scales and shifts are found.</summary>
public enum EnsembleSolver
{
    /// <summary>
    /// Each member by its own range. It is where the published solver starts and, because its numerical derivative vanishes in fp32, also
    /// nearly where it ends: the mode for comparison with published figures.
    /// </summary>
    Published,

    /// <summary>Descent of the published cost from there in double precision, with exact gradients and the mean log-scale held fixed.</summary>
    Exact,
}

/// <summary>One prediction out of M, with a value between 0 and 1 and its uncertainty in the same units.</summary>
/// <param name="Scale">Per member, before the final normalisation.</param>
/// <param name="Shift">Per member; zeros when only scales are free.</param>
public sealed record AlignedPrediction(double[] Value, double[] Uncertainty, double[] Scale, double[] Shift);

/// <summary>
/// Marigold's test-time ensembling ("median compilation" in the perception paper): members are aligned to one another, reduced pixel by
/// pixel and normalised to [0, 1]. Mean reductions carry the standard deviation as uncertainty, medians the median absolute deviation.
/// </summary>
public static class AlignedEnsemble
{
    const double LeastRange = 1e-6;
    const int PixelsToAlign = 2500;
    const double GoldenRatio = 0.6180339887498949;

    /// <summary>Aligns and reduces.</summary>
    /// <param name="members">M maps of equal size.</param>
    public static AlignedPrediction Of(IReadOnlyList<double[]> members, MemberFreedom freedom, EnsembleStatistic statistic, EnsembleSolver solver)
    {
        var (scale, shift) = Start(members, freedom);
        if (solver == EnsembleSolver.Exact) (scale, shift) = Descend(members, scale, shift, freedom, statistic);
        return Compile(members, scale, shift, freedom, statistic);
    }

    /// <summary>The published start: each member mapped to [0, 1] by its own range, or divided by its maximum.</summary>
    public static (double[] Scale, double[] Shift) Start(IReadOnlyList<double[]> members, MemberFreedom freedom)
    {
        if (freedom == MemberFreedom.Scale) return ([.. members.Select(d => 1 / Math.Max(d.Max(), LeastRange))], new double[members.Count]);
        double[] scale = [.. members.Select(d => 1 / Math.Max(d.Max() - d.Min(), LeastRange))];
        return (scale, [.. members.Select((d, i) => -scale[i] * d.Min())]);
    }

    /// <summary>Applies given scales and shifts, reduces, and normalises by the range (by the maximum when only scales are free).</summary>
    public static AlignedPrediction Compile(
        IReadOnlyList<double[]> members, double[] scale, double[] shift, MemberFreedom freedom, EnsembleStatistic statistic)
    {
        var aligned = members.Select((d, m) => Array.ConvertAll(d, x => scale[m] * x + shift[m])).ToArray();
        var value = Reduce(aligned, statistic);
        var uncertainty = statistic == EnsembleStatistic.Mean
            ? Reduction.StandardDeviation(aligned)
            : Reduce([.. aligned.Select(a => a.Zip(value, (x, m) => Math.Abs(x - m)).ToArray())], statistic);
        var low = freedom == MemberFreedom.Affine ? value.Min() : 0;
        var range = Math.Max(value.Max() - low, LeastRange);
        return new(Array.ConvertAll(value, v => (v - low) / range), Array.ConvertAll(uncertainty, u => u / range), scale, shift);
    }

    /// <summary>The published cost of given scales and shifts, in double precision.</summary>
    public static double Cost(IReadOnlyList<double[]> members, double[] scale, double[] shift, EnsembleStatistic statistic) =>
        new AlignmentCost(members, statistic).At(scale, shift).Cost;

    /// <summary>From the members as the start aligns them, so that neither their units nor their offsets can change the way.</summary>
    static (double[] Scale, double[] Shift) Descend(
        IReadOnlyList<double[]> members, double[] scale, double[] shift, MemberFreedom freedom, EnsembleStatistic statistic)
    {
        var started = Sparse(members).Select((d, m) => Array.ConvertAll(d, x => scale[m] * x + shift[m])).ToArray();
        var (factor, offset) = AlignmentDescent.From(new AlignmentCost(started, statistic), freedom);
        return ([.. scale.Zip(factor, (s, f) => s * f)], [.. shift.Select((t, m) => factor[m] * t + offset[m])]);
    }

    /// <summary>
    /// At most 2500 pixels, spread evenly: a scale and a shift need no more (the perception paper aligns at 50 x 50), and the cost of a large
    /// picture would take seconds to descend.
    /// </summary>
    static IReadOnlyList<double[]> Sparse(IReadOnlyList<double[]> members)
    {
        var pixels = members[0].Length;
        if (pixels <= PixelsToAlign) return members;
        int[] chosen = [.. Enumerable.Range(0, PixelsToAlign).Select(i => (int)((i + 0.5) * GoldenRatio % 1 * pixels))];
        return [.. members.Select(d => Array.ConvertAll(chosen, p => d[p]))];
    }

    static double[] Reduce(IReadOnlyList<double[]> aligned, EnsembleStatistic statistic) => statistic switch
    {
        EnsembleStatistic.Mean => Reduction.Mean(aligned),
        EnsembleStatistic.Median => Reduction.Median(aligned),
        EnsembleStatistic.LowerMedian => Reduction.LowerMedian(aligned),
        _ => throw new ArgumentOutOfRangeException(nameof(statistic), statistic, "unknown statistic"),
    };
}
