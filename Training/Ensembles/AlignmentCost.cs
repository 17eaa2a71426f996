namespace Flow.Training.Ensembles;

/// <summary>
/// Marigold's cost of aligning M members d_i by scales and shifts, a_i = s_i d_i + t_i (Ke et al. 2024, section 3.3):
/// sum over pairs of sqrt(mean (a_i - a_j)^2) + 0.02 (|min m| + |1 - max m|), m the reduced a_i; and its exact gradient.
/// </summary>
/// <remarks>
/// The pair term needs only the members' means and covariances, computed once: O(M^2) an evaluation. The extrema of m need every pixel.
/// A median is differentiated through the member, or the two members, that it selects at the extremal pixel.
/// </remarks>
sealed class AlignmentCost
{
    const double Regulariser = 0.02;
    const double FlatVariance = 2.5e-13;

    readonly IReadOnlyList<double[]> members;
    readonly EnsembleStatistic statistic;
    readonly double[] mean;
    readonly double[,] covariance;

    public AlignmentCost(IReadOnlyList<double[]> members, EnsembleStatistic statistic)
    {
        this.members = members;
        this.statistic = statistic;
        var (count, pixels) = (members.Count, members[0].Length);
        mean = [.. members.Select(d => d.Average())];
        covariance = new double[count, count];
        for (var i = 0; i < count; i++)
            for (var j = i; j < count; j++)
            {
                var sum = 0.0;
                for (var p = 0; p < pixels; p++) sum += (members[i][p] - mean[i]) * (members[j][p] - mean[j]);
                covariance[i, j] = covariance[j, i] = sum / pixels;
            }
    }

    public int Members => members.Count;

    /// <summary>Whether a member is constant, its range below the 1e-6 that the published start divides by at least: it has no scale to find.</summary>
    public bool IsFlat(int member) => covariance[member, member] <= FlatVariance;

    /// <summary>The cost, and its derivatives by scale and by shift.</summary>
    public (double Cost, double[] ByScale, double[] ByShift) At(double[] scale, double[] shift)
    {
        var (byScale, byShift) = (new double[scale.Length], new double[scale.Length]);
        var cost = Pairs(scale, shift, byScale, byShift);
        var (low, high) = Extrema(scale, shift);
        Add(low, Slope(Value(low, scale, shift)), byScale, byShift);
        Add(high, -Slope(1 - Value(high, scale, shift)), byScale, byShift);
        return (cost + Regulariser * (Math.Abs(Value(low, scale, shift)) + Math.Abs(1 - Value(high, scale, shift))), byScale, byShift);
    }

    double Pairs(double[] scale, double[] shift, double[] byScale, double[] byShift)
    {
        var cost = 0.0;
        for (var i = 0; i < scale.Length; i++)
            for (var j = i + 1; j < scale.Length; j++)
            {
                var gap = scale[i] * mean[i] + shift[i] - scale[j] * mean[j] - shift[j];
                var variance = scale[i] * scale[i] * covariance[i, i] + scale[j] * scale[j] * covariance[j, j] - 2 * scale[i] * scale[j] * covariance[i, j];
                var rmse = Math.Sqrt(Math.Max(0, variance) + gap * gap);
                cost += rmse;
                // two members that agree exactly pull on nothing: the root has no derivative there
                if (rmse < 1e-9) continue;
                byScale[i] += (scale[i] * covariance[i, i] - scale[j] * covariance[i, j] + gap * mean[i]) / rmse;
                byScale[j] += (scale[j] * covariance[j, j] - scale[i] * covariance[i, j] - gap * mean[j]) / rmse;
                byShift[i] += gap / rmse;
                byShift[j] -= gap / rmse;
            }
        return cost;
    }

    /// <summary>The pixels at which the reduced map is least and greatest, with the members that make its value there and their weights.</summary>
    (Selection Low, Selection High) Extrema(double[] scale, double[] shift)
    {
        var values = new double[members.Count];
        var (low, high, least, greatest) = (0, 0, double.PositiveInfinity, double.NegativeInfinity);
        for (var p = 0; p < members[0].Length; p++)
        {
            for (var m = 0; m < values.Length; m++) values[m] = scale[m] * members[m][p] + shift[m];
            if (statistic != EnsembleStatistic.Mean) Array.Sort(values);
            var value = statistic switch
            {
                EnsembleStatistic.Mean => values.Average(),
                EnsembleStatistic.LowerMedian => values[(values.Length - 1) / 2],
                _ => 0.5 * (values[(values.Length - 1) / 2] + values[values.Length / 2]),
            };
            if (value < least) (low, least) = (p, value);
            if (value > greatest) (high, greatest) = (p, value);
        }
        return (Select(low, scale, shift), Select(high, scale, shift));
    }

    Selection Select(int pixel, double[] scale, double[] shift)
    {
        var count = members.Count;
        var order = Enumerable.Range(0, count).OrderBy(m => scale[m] * members[m][pixel] + shift[m]).ToArray();
        return statistic switch
        {
            EnsembleStatistic.Mean => new(pixel, order, 1.0 / count),
            EnsembleStatistic.LowerMedian => new(pixel, [order[(count - 1) / 2]], 1),
            _ => new(pixel, [order[(count - 1) / 2], order[count / 2]], 0.5),
        };
    }

    double Value(Selection at, double[] scale, double[] shift) =>
        at.Members.Sum(m => at.Weight * (scale[m] * members[m][at.Pixel] + shift[m]));

    void Add(Selection at, double slope, double[] byScale, double[] byShift)
    {
        foreach (var m in at.Members)
        {
            byScale[m] += Regulariser * slope * at.Weight * members[m][at.Pixel];
            byShift[m] += Regulariser * slope * at.Weight;
        }
    }

    /// <summary>Derivative of |x|; none at 0 within rounding, where the start of a mean lies exactly.</summary>
    static double Slope(double x) => Math.Abs(x) < 1e-9 ? 0 : Math.Sign(x);

    readonly record struct Selection(int Pixel, int[] Members, double Weight);
}
