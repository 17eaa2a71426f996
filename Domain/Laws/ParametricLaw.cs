using LanguageExt;
using static LanguageExt.Prelude;

namespace Flow.Domain.Laws;

/// <summary>Approach 3 of Hoffmann et al. (2022): L = E + A/N^alpha + B/D^beta through all points at once.</summary>
public static class ParametricLaw
{
    public static Either<Refusal, ParametricFit> Fit(Seq<TrainingPoint> points, ParametricOptions? options = null)
    {
        var how = options ?? new ParametricOptions();
        return Evidence.Admit(points).Bind(_ => Enough(points)).Map(_ => FitAdmitted(points, how));
    }

    static Either<Refusal, Unit> Enough(Seq<TrainingPoint> points)
    {
        var (sizes, lengths) = (points.Map(p => p.Params).Distinct().Count, points.Map(p => p.Tokens).Distinct().Count);
        return points.Count >= 7 && sizes >= 3 && lengths >= 3
            ? unit
            : new Refusal(Reason.TooFewPoints, $"{points.Count} points with {sizes} sizes and {lengths} lengths can't carry five constants: "
                + "at least 7 points with 3 sizes and 3 lengths are needed");
    }

    static ParametricFit FitAdmitted(Seq<TrainingPoint> points, ParametricOptions how)
    {
        var fit = new SurfaceFit(points.ToArray());
        var surface = Solve(fit, how);
        var resampled = Resample(points, fit, surface, how);
        Estimate Of(Func<LossSurface, double> quantity) => Bootstrap.Around(quantity(surface), resampled.Select(quantity), how.Level);
        var residuals = points.Map(p => Math.Log(p.Loss / surface.At(p.Params, p.Tokens)));
        var result = new ParametricFit(surface, Of(s => s.E), Of(s => s.A), Of(s => s.B), Of(s => s.Alpha), Of(s => s.Beta), Of(s => s.ParamsExponent),
            fit.Sum(surface, how.HuberDelta),
            Math.Sqrt(residuals.Map(r => r * r).Sum() / Math.Max(1, points.Count - 5)),
            HeldOut(points, how),
            points, resampled.ToSeq(), how, Seq<Finding>());
        return result with { Warnings = Warnings(result) };
    }

    static LossSurface Solve(SurfaceFit fit, ParametricOptions how) =>
        how.Method == ParametricMethod.Huber ? fit.FromGrid(how.HuberDelta).Surface : fit.ByProjection();

    /// <summary>Runs are drawn with replacement; points without a run's name are runs of their own.</summary>
    static LossSurface[] Resample(Seq<TrainingPoint> points, SurfaceFit fit, LossSurface near, ParametricOptions how)
    {
        var names = points.Map((i, p) => p.Run.Length > 0 ? p.Run : $"#{i}").ToArray();
        var runs = names.Distinct().Select((name, i) => (name, i)).ToDictionary(p => p.name, p => p.i);
        var run = names.Select(name => runs[name]).ToArray();
        return Bootstrap.Run(how.Resamples, b =>
        {
            var drawn = Bootstrap.Counts(how.Seed, b, runs.Count);
            double[] counts = [.. run.Select(r => drawn[r])];
            return how.Method == ParametricMethod.Huber ? fit.FromNeighbour(near, how.HuberDelta, counts) : fit.ByProjection(counts, near);
        });
    }

    static Option<HoldOut> HeldOut(Seq<TrainingPoint> points, ParametricOptions how)
    {
        var byCompute = points.OrderBy(p => p.Flops).ToArray();
        var limit = byCompute[^Math.Max(1, byCompute.Length / 10)].Flops;
        var (kept, held) = (byCompute.Where(p => p.Flops < limit).ToSeq(), byCompute.Where(p => p.Flops >= limit).ToArray());
        return Enough(kept).ToOption().Map(_ =>
        {
            var surface = Solve(new SurfaceFit(kept.ToArray()), how);
            double Mean(Func<TrainingPoint, double> of) => Math.Exp(held.Average(p => Math.Log(of(p))));
            return new HoldOut(held[^1].Flops, Mean(p => surface.At(p.Params, p.Tokens)), Mean(p => p.Loss), Math.Log10(held[^1].Flops / kept.Map(p => p.Flops).Max()));
        });
    }

    static Seq<Finding> Warnings(ParametricFit fit)
    {
        var compute = fit.Observations.Map(p => p.Flops);
        return Seq(
            Evidence.ShortRange(Math.Log10(compute.Max() / compute.Min()), "compute"),
            Wide("alpha", fit.Alpha), Wide("beta", fit.Beta),
            fit.E.Value < 1e-3 * fit.Observations.Map(p => p.Loss).Min()
                ? Some(new Finding(Reason.NotIdentified, "E reached its bound of 0: the data show no irreducible loss"))
                : None).Somes();
    }

    /// <summary>An exponent known to no better than a factor of three either side carries no extrapolation.</summary>
    static Option<Finding> Wide(string name, Estimate exponent) => exponent.High > 3 * Math.Max(exponent.Low, 0)
        ? Some(new Finding(Reason.NotIdentified, $"{name} is not identified: {exponent}; a good fit here says nothing about larger models"))
        : None;
}
