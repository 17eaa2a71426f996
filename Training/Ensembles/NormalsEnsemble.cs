namespace Flow.Training.Ensembles;

/// <summary>Marigold's ensemble of surface normals: one direction a pixel, and how far the members point away from it.</summary>
public static class NormalsEnsemble
{
    const double LeastLength = 1e-6;

    /// <summary>
    /// The mean direction, or the member nearest to it; uncertainty is the members' mean angle to the mean direction, arccos(cos) / pi.
    /// </summary>
    /// <param name="members">M fields of unit vectors, three planes [3, H, W] each.</param>
    /// <param name="closest">Whether a member's own vector is taken, pixel by pixel.</param>
    public static (double[] Normals, double[] Uncertainty) Of(IReadOnlyList<double[]> members, bool closest)
    {
        var mean = Reduction.Mean(members);
        var pixels = mean.Length / 3;
        var (normals, uncertainty) = (new double[mean.Length], new double[pixels]);
        for (var p = 0; p < pixels; p++)
        {
            var direction = Direction(mean, p, pixels);
            double[] cosines = [.. members.Select(member => Math.Clamp(direction.Select((x, c) => x * member[c * pixels + p]).Sum(), -1, 1))];
            uncertainty[p] = cosines.Average(Math.Acos) / Math.PI;
            var nearest = members[Array.IndexOf(cosines, cosines.Max())];
            for (var c = 0; c < 3; c++) normals[c * pixels + p] = closest ? nearest[c * pixels + p] : direction[c];
        }
        return (normals, uncertainty);
    }

    static double[] Direction(double[] field, int pixel, int pixels)
    {
        double[] vector = [field[pixel], field[pixels + pixel], field[2 * pixels + pixel]];
        var length = Math.Max(Math.Sqrt(vector.Sum(x => x * x)), LeastLength);
        return Array.ConvertAll(vector, x => x / length);
    }
}
