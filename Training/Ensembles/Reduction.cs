namespace Flow.Training.Ensembles;

/// <summary>Pixel-wise reductions of M predictions of equal size to one.</summary>
public static class Reduction
{
    public static double[] Mean(IReadOnlyList<double[]> members) => PerPixel(members, sorted => sorted.Average(), sort: false);

    /// <summary>The middle value; the mean of the two middle ones for even M.</summary>
    public static double[] Median(IReadOnlyList<double[]> members) =>
        PerPixel(members, sorted => 0.5 * (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]));

    /// <summary>
    /// The lower of the two middle values for even M, which is what torch.median returns and the published figures were made with; it
    /// biases every pixel downwards, M = 2 to the minimum.
    /// </summary>
    public static double[] LowerMedian(IReadOnlyList<double[]> members) => PerPixel(members, sorted => sorted[(sorted.Length - 1) / 2]);

    /// <summary>The middle of the members' distances from what a reduction makes of them.</summary>
    public static double[] AbsoluteDeviation(IReadOnlyList<double[]> members, Func<IReadOnlyList<double[]>, double[]> reduce)
    {
        var middle = reduce(members);
        return reduce([.. members.Select(member => member.Zip(middle, (value, at) => Math.Abs(value - at)).ToArray())]);
    }

    /// <summary>Standard deviation over members with n - 1; 0 for a single member.</summary>
    public static double[] StandardDeviation(IReadOnlyList<double[]> members) => PerPixel(members, values =>
    {
        var mean = values.Average();
        return values.Length > 1 ? Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / (values.Length - 1)) : 0;
    }, sort: false);

    static double[] PerPixel(IReadOnlyList<double[]> members, Func<double[], double> reduce, bool sort = true)
    {
        if (members.Count == 0) throw new ArgumentException("an ensemble has at least one member", nameof(members));
        var result = new double[members[0].Length];
        var values = new double[members.Count];
        for (var i = 0; i < result.Length; i++)
        {
            for (var m = 0; m < values.Length; m++) values[m] = members[m][i];
            if (sort) Array.Sort(values);
            result[i] = reduce(values);
        }
        return result;
    }
}
