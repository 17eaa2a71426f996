namespace Flow.Training.Ensembles;

/// <summary>
/// BFGS with backtracking on the alignment cost, over log-scales and shifts. Scales are exponentials, so they stay positive; the sum of the
/// log-scales is held at its start, so that the members can't shrink together into the cost's trivial minimum; and only steps that lower
/// the cost are taken, so the result is never worse than the start.
/// </summary>
static class AlignmentDescent
{
    const int MaxIterations = 50;
    const int MaxHalvings = 12;
    const double Armijo = 1e-4;
    const double Tolerance = 1e-6;

    /// <summary>Costs below it are rounding: the variance of a difference of two members loses half of its digits.</summary>
    const double Agreement = 1e-7;

    /// <summary>Factors and offsets of members that are already roughly aligned; the way starts at 1 and 0.</summary>
    public static (double[] Factor, double[] Offset) From(AlignmentCost cost, MemberFreedom freedom)
    {
        var count = cost.Members;
        // a flat member's scale costs nothing: left free, it would grow and let all others shrink
        var scaled = Enumerable.Range(0, count).Where(i => !cost.IsFlat(i)).ToHashSet();
        double[] Factors(double[] x) => [.. x.Take(count).Select(Math.Exp)];
        double[] Offsets(double[] x) => freedom == MemberFreedom.Affine ? x[count..] : new double[count];
        (double Cost, double[] Gradient) Evaluate(double[] x)
        {
            var factors = Factors(x);
            var (value, byScale, byShift) = cost.At(factors, Offsets(x));
            var byLog = byScale.Zip(factors, (g, s) => g * s).ToArray();
            var common = scaled.Select(i => byLog[i]).DefaultIfEmpty().Average();
            var byOffset = freedom == MemberFreedom.Affine ? byShift : [];
            return (value, [.. byLog.Select((g, i) => scaled.Contains(i) ? g - common : 0), .. byOffset]);
        }
        var best = Minimise(Evaluate, new double[freedom == MemberFreedom.Affine ? 2 * count : count]);
        return (Factors(best), Offsets(best));
    }

    static double[] Minimise(Func<double[], (double Cost, double[] Gradient)> evaluate, double[] x)
    {
        var (value, gradient) = evaluate(x);
        var inverse = Identity(x.Length);
        for (var iteration = 0; iteration < MaxIterations && value > Agreement; iteration++)
        {
            var direction = Times(inverse, gradient, -1);
            var slope = Dot(direction, gradient);
            if (slope > -Tolerance * value) break;
            var (next, nextValue, nextGradient) = Backtrack(evaluate, x, value, direction, slope);
            if (!(value - nextValue > Tolerance * value)) break;
            inverse = Update(inverse, Minus(next, x), Minus(nextGradient, gradient));
            (x, value, gradient) = (next, nextValue, nextGradient);
        }
        return x;
    }

    static (double[] X, double Value, double[] Gradient) Backtrack(
        Func<double[], (double Cost, double[] Gradient)> evaluate, double[] x, double value, double[] direction, double slope)
    {
        var step = Math.Min(1, 0.5 / direction.Max(Math.Abs));
        for (var halving = 0; halving < MaxHalvings; halving++, step /= 2)
        {
            var next = x.Zip(direction, (a, d) => a + step * d).ToArray();
            var (nextValue, gradient) = evaluate(next);
            if (nextValue <= value + Armijo * step * slope) return (next, nextValue, gradient);
        }
        return (x, value, direction);
    }

    /// <summary>The BFGS update of the inverse Hessian (Nocedal and Wright, equation 6.17); skipped where the curvature is not positive.</summary>
    static double[,] Update(double[,] inverse, double[] s, double[] y)
    {
        var curvature = Dot(s, y);
        if (curvature <= 1e-14) return inverse;
        var hy = Times(inverse, y, 1);
        var factor = (1 + Dot(y, hy) / curvature) / curvature;
        var updated = new double[s.Length, s.Length];
        for (var i = 0; i < s.Length; i++)
            for (var j = 0; j < s.Length; j++)
                updated[i, j] = inverse[i, j] + factor * s[i] * s[j] - (hy[i] * s[j] + s[i] * hy[j]) / curvature;
        return updated;
    }

    static double[,] Identity(int size)
    {
        var identity = new double[size, size];
        for (var i = 0; i < size; i++) identity[i, i] = 1;
        return identity;
    }

    static double[] Times(double[,] matrix, double[] vector, double factor)
    {
        var result = new double[vector.Length];
        for (var i = 0; i < vector.Length; i++)
            for (var j = 0; j < vector.Length; j++) result[i] += factor * matrix[i, j] * vector[j];
        return result;
    }

    static double Dot(double[] a, double[] b) => a.Zip(b, (x, y) => x * y).Sum();

    static double[] Minus(double[] a, double[] b) => [.. a.Zip(b, (x, y) => x - y)];
}
