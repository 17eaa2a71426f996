using Flow.Domain.Laws.Optimise;

namespace Flow.Domain.Laws;

/// <summary>
/// Finds the surface for one set of points. log N and log D enter centred on their means, where the constants hardly correlate:
/// uncentred, the Hessian's condition is about 3.5e11 and L-BFGS crawls.
/// </summary>
public sealed class SurfaceFit
{
    readonly double[] n, d, logLoss;
    readonly double meanN, meanD;

    public SurfaceFit(IReadOnlyList<TrainingPoint> points)
    {
        (meanN, meanD) = (points.Average(p => Math.Log(p.Params)), points.Average(p => Math.Log(p.Tokens)));
        n = [.. points.Select(p => Math.Log(p.Params) - meanN)];
        d = [.. points.Select(p => Math.Log(p.Tokens) - meanD)];
        logLoss = [.. points.Select(p => Math.Log(p.Loss))];
    }

    /// <summary>
    /// From all 4,500 starts of Hoffmann's grid (a, b in 0, 5 .. 25; e in -1, -.5 .. 1; alpha, beta in 0, .5 .. 2) by successive halving:
    /// three iterations for each, twenty more for the best 300, the best 30 to the end, and the winner polished by a simplex.
    /// </summary>
    public (LossSurface Surface, double Sum, Stop Stop) FromGrid(double delta)
    {
        var objective = Objective(delta, null);
        Minimum[] Race(IEnumerable<double[]> starts, int iterations) =>
            [.. starts.AsParallel().AsOrdered().Select(start => Lbfgs.Minimise(objective.Evaluate, start, new(MaxIterations: iterations)))];
        var all = Race(Grid(), 3).OrderBy(m => m.Value);
        var some = Race(all.Take(300).Select(m => m.At), 20).OrderBy(m => m.Value);
        var finished = Race(some.Take(30).Select(m => m.At), 2000).MinBy(m => m.Value)!;
        var polished = NelderMead.Minimise(objective.Value, finished.At, 1e-3);
        var best = Lbfgs.Minimise(objective.Evaluate, polished.At);
        return (Surface(best.At), best.Value, best.Stop);
    }

    /// <summary>From a known neighbour, as in a resample.</summary>
    public LossSurface FromNeighbour(LossSurface near, double delta, double[] counts) =>
        Surface(Lbfgs.Minimise(Objective(delta, counts).Evaluate, Parameters(near), new(RelativeDecrease: 1e-9, MaxIterations: 500)).At);

    /// <summary>Variable projection: E, A, B by non-negative least squares of the loss itself, alpha and beta by a simplex from several starts.</summary>
    public LossSurface ByProjection(double[]? counts = null, LossSurface? near = null)
    {
        var loss = logLoss.Select(Math.Exp).ToArray();
        double[][] Columns(double[] at) => [Ones(loss.Length), [.. n.Select(v => Math.Exp(-Math.Exp(at[0]) * v))], [.. d.Select(v => Math.Exp(-Math.Exp(at[1]) * v))]];
        double Rest(double[] at) => NonNegativeLeastSquares.Solve(Columns(at), loss, counts).SumOfSquares;
        double[][] starts = near is { } known
            ? [[Math.Log(known.Alpha), Math.Log(known.Beta)]]
            : [.. from p in new[] { 0.1, 0.3, 0.8 } from q in new[] { 0.1, 0.3, 0.8 } select new[] { Math.Log(p), Math.Log(q) }];
        var best = starts.Select(start => NelderMead.Minimise(Rest, start, 0.1, near is null ? 1e-15 : 1e-8)).MinBy(m => m.Value)!.At;
        var c = NonNegativeLeastSquares.Solve(Columns(best), loss, counts).Coefficients;
        var (alpha, beta) = (Math.Exp(best[0]), Math.Exp(best[1]));
        return new(c[0], c[1] * Math.Exp(alpha * meanN), c[2] * Math.Exp(beta * meanD), alpha, beta);
    }

    /// <summary>The summed Huber loss of any surface at these points.</summary>
    public double Sum(LossSurface surface, double delta) => Objective(delta, null).Value(Parameters(surface));

    PowerSum Objective(double delta, double[]? counts) => new([n, d], logLoss, true, delta, counts);

    double[] Parameters(LossSurface s) =>
        [Math.Log(Math.Max(s.E, 1e-12)), Math.Log(s.A) - s.Alpha * meanN, s.Alpha, Math.Log(s.B) - s.Beta * meanD, s.Beta];

    LossSurface Surface(double[] at) => new(Math.Exp(at[0]), Math.Exp(at[1] + at[2] * meanN), Math.Exp(at[3] + at[4] * meanD), at[2], at[4]);

    double[][] Grid() =>
    [
        .. from a in Enumerable.Range(0, 6)
           from b in Enumerable.Range(0, 6)
           from e in Enumerable.Range(-2, 5)
           from alpha in Enumerable.Range(0, 5)
           from beta in Enumerable.Range(0, 5)
           select new[] { 0.5 * e, 5.0 * a - 0.5 * alpha * meanN, 0.5 * alpha, 5.0 * b - 0.5 * beta * meanD, 0.5 * beta },
    ];

    static double[] Ones(int count) => [.. Enumerable.Repeat(1.0, count)];
}
