using Flow.Domain.Laws.Optimise;
using LanguageExt;

namespace Flow.Domain.Laws;

/// <summary>Finds the best size of one budget, with its interval and the quality checks.</summary>
internal static class ProfileFit
{
    /// <summary>Points whose compute differs by less than 5 % from the next one belong to one budget: rounding to whole steps moves C a little.</summary>
    const double SameBudget = 0.05;

    public static Seq<Seq<TrainingPoint>> Budgets(Seq<TrainingPoint> points)
    {
        var budgets = new List<List<TrainingPoint>>();
        foreach (var point in points.OrderBy(p => p.Flops))
        {
            if (budgets.Count == 0 || point.Flops > budgets[^1][^1].Flops * (1 + SameBudget)) budgets.Add([]);
            budgets[^1].Add(point);
        }
        return budgets.Select(b => b.ToSeq()).ToSeq();
    }

    public static (Func<TrainingPoint, double> Of, Func<TrainingPoint, double> Other) Axes(ProfileAxis axis) =>
        axis == ProfileAxis.Params ? (p => p.Params, p => p.Tokens) : (p => p.Tokens, p => p.Params);

    public static IsoFlopProfile Of(Seq<TrainingPoint> budget, IsoFlopOptions how)
    {
        var size = Axes(how.Axis).Of;
        var points = budget.OrderBy(size).ToArray();
        // The middle one: equal budgets keep their exact value.
        var flops = points.Select(p => p.Flops).Order().ElementAt(points.Length / 2);
        var (x, y) = (points.Select(p => Math.Log(size(p))).ToArray(), points.Select(p => p.Loss).ToArray());
        var checks = ProfileChecks.Of(flops, x, y);
        var (wx, wy) = Window(x, y, how.Nearest);
        if (wx.Distinct().Count() < (how.Vertex == Vertex.Parabola ? 3 : 4))
            return Unusable(flops, budget, Join.Of<Finding>(checks, [new(Reason.TooFewPoints, $"budget {flops:G3}: {wx.Distinct().Count()} sizes have no profile")]));
        return how.Vertex == Vertex.Parabola ? Parabola(flops, budget, wx, wy, checks, how.Laws ?? new FitOptions()) : Interpolated(flops, budget, wx, wy, checks);
    }

    static IsoFlopProfile Unusable(double flops, Seq<TrainingPoint> budget, Seq<Finding> findings)
    {
        var nothing = new Estimate(double.NaN, double.NegativeInfinity, double.PositiveInfinity);
        return new(flops, budget, nothing, nothing, double.NaN, false, findings);
    }

    /// <summary>The points nearest to the lowest one by log size.</summary>
    static (double[] X, double[] Y) Window(double[] x, double[] y, Option<int> nearest) => nearest.Match(
        count =>
        {
            var lowest = x[System.Array.IndexOf(y, y.Min())];
            var kept = Enumerable.Range(0, x.Length).OrderBy(i => Math.Abs(x[i] - lowest)).Take(count).Order().ToArray();
            return (kept.Select(i => x[i]).ToArray(), kept.Select(i => y[i]).ToArray());
        },
        () => (x, y));

    static IsoFlopProfile Parabola(double flops, Seq<TrainingPoint> budget, double[] x, double[] y, Seq<Finding> checks, FitOptions how)
    {
        var centre = x.Average();
        var z = x.Select(v => v - centre).ToArray();
        var fit = LinearLeastSquares.Parabola(z, y);
        if (Optimum(fit, z) is not { } best)
        {
            var why = fit.C2 > 0 ? "lies outside its sizes: add models there" : "does not exist: the profile does not open upwards";
            return Unusable(flops, budget, Join.Of<Finding>(checks, [new(Reason.OptimumAtEdge, $"budget {flops:G3}: the optimum {why}")]));
        }
        var (sizes, losses) = Resampled(z, y, fit, how);
        return new(flops, budget,
            Exp(Bootstrap.Around(best.X, sizes, how.Level), centre),
            Bootstrap.Around(best.Loss, losses, how.Level),
            fit.C2, true, checks)
        {
            Curve = size => fit.C0 + fit.C1 * (Math.Log(size) - centre) + fit.C2 * Math.Pow(Math.Log(size) - centre, 2),
        };
    }

    static IsoFlopProfile Interpolated(double flops, Seq<TrainingPoint> budget, double[] x, double[] y, Seq<Finding> checks)
    {
        // Models of equal size: the best of them counts.
        var distinct = x.Zip(y, (size, loss) => (Size: size, Loss: loss)).GroupBy(p => p.Size).Select(g => (Size: g.Key, Loss: g.Min(p => p.Loss))).ToArray();
        double[] ax = [.. distinct.Select(p => p.Size)];
        double[] ay = [.. distinct.Select(p => Math.Log(p.Loss))];
        var curve = new Akima(ax, ay);
        var (at, logLoss) = curve.Lowest(25);
        if (at <= ax[0] || at >= ax[^1])
            return Unusable(flops, budget, Join.Of<Finding>(checks, [new(Reason.OptimumAtEdge, $"budget {flops:G3}: the lowest loss is at the edge of its sizes: add models there")]));
        Estimate Known(double value) => new(value, double.NegativeInfinity, double.PositiveInfinity);
        return new(flops, budget, Known(Math.Exp(at)), Known(Math.Exp(logLoss)), double.NaN, true, checks) { Curve = size => Math.Exp(curve.At(Math.Log(size))) };
    }

    /// <summary>Residuals drawn again, scaled to Student's interval as in <see cref="PowerLaw"/>.</summary>
    static (double[] Sizes, double[] Losses) Resampled(double[] z, double[] y, (double C0, double C1, double C2) fit, FitOptions how)
    {
        var degrees = Math.Max(1, z.Length - 3);
        var fitted = z.Select(v => fit.C0 + fit.C1 * v + fit.C2 * v * v).ToArray();
        var scale = Math.Sqrt((double)z.Length / degrees) * StudentT.TwoSided(how.Level, degrees) / StudentT.TwoSided(how.Level, 10_000);
        var residuals = y.Select((v, i) => (v - fitted[i]) * scale).ToArray();
        var optima = Bootstrap.Run(how.Resamples, b =>
        {
            var drawn = Bootstrap.Draw(how.Seed, b, residuals.Length, residuals.Length);
            var again = LinearLeastSquares.Parabola(z, [.. fitted.Select((v, i) => v + residuals[drawn[i]])]);
            // A resample without an optimum says the size could be anything: it counts at the nearer end.
            return Optimum(again, z) ?? (X: again.C1 > 0 ? z.Min() : z.Max(), Loss: again.C0);
        });
        return ([.. optima.Select(o => o.X)], [.. optima.Select(o => o.Loss)]);
    }

    static (double X, double Loss)? Optimum((double C0, double C1, double C2) fit, double[] z)
    {
        var at = -fit.C1 / (2 * fit.C2);
        return fit.C2 > 0 && at >= z.Min() && at <= z.Max() ? (at, fit.C0 + fit.C1 * at / 2) : null;
    }

    static Estimate Exp(Estimate log, double centre) => new(Math.Exp(log.Value + centre), Math.Exp(log.Low + centre), Math.Exp(log.High + centre));
}
