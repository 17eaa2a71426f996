using LanguageExt;
using static LanguageExt.Prelude;

namespace Flow.Domain.Laws;

/// <summary>
/// Fits y = A x^b or y = E + A x^b by residuals of log y: least squares, or Huber's loss. Refuses fewer than three different x; what is
/// merely doubtful is a warning of the fit.
/// </summary>
public static class PowerLaw
{
    public static Either<Refusal, PowerLawFit> Fit(Seq<(double X, double Y)> points, FitOptions? options = null) =>
        Fit(points.Map((i, p) => new Observation(p.X, p.Y, $"{i}")).ToSeq(), options);

    public static Either<Refusal, PowerLawFit> Fit(Seq<Observation> observations, FitOptions? options = null)
    {
        var how = options ?? new FitOptions();
        return Evidence.Admit(observations, how.Floor).Map(_ => FitAdmitted(observations, how));
    }

    static PowerLawFit FitAdmitted(Seq<Observation> observations, FitOptions how)
    {
        var points = LogPoints.Of(observations);
        var form = FormChoice.Of(points, how);
        var floor = form.Floor;
        var curve = points.Fit(floor, how.HuberDelta);
        var resampled = Resample(points, curve, floor, how);
        Estimate Around(Func<PowerLawCurve, double> part) => Bootstrap.Around(part(curve), resampled.Select(r => part(r.Curve)), how.Level);
        var fit = new PowerLawFit(
            Around(c => c.Exponent),
            Around(c => Math.Exp(c.LogPrefactor)),
            floor ? Some(Around(c => c.Irreducible)) : None,
            Hindcast.Largest(points, floor, how.HuberDelta),
            points.Spread(curve, floor),
            observations,
            Seq<Finding>())
        {
            Curve = curve,
            Resampled = resampled,
            Level = how.Level,
            Rival = form.Rival,
        };
        return fit with { Warnings = Join.Of(form.Remarks, Evidence.Warnings(points, fit)) };
    }

    /// <summary>
    /// Several points per run: whole runs are drawn with replacement. One point per run, at sizes chosen by the
    /// experimenter: residuals are drawn, scaled so that with few points the interval is Student's and not the normal one (drawing 5 points out
    /// of 5 would lose the ends of the range in two resamples of three).
    /// </summary>
    static (PowerLawCurve Curve, double Noise)[] Resample(LogPoints points, PowerLawCurve curve, bool floor, FitOptions how) =>
        points.Runs < points.Count && points.Runs >= 3
            ? ResampleRuns(points, curve, floor, how)
            : ResampleResiduals(points, curve, floor, how);

    static (PowerLawCurve Curve, double Noise)[] ResampleRuns(LogPoints points, PowerLawCurve curve, bool floor, FitOptions how)
    {
        var residuals = points.Residuals(curve);
        return
        [
            .. Bootstrap.Run(how.Resamples, b =>
            {
                var counts = Bootstrap.Counts(how.Seed, b, points.Runs);
                var weights = points.Run.Select(run => counts[run]).ToArray();
                return (points.DistinctX(weights) < (floor ? 4 : 3), points.Fit(floor, how.HuberDelta, weights),
                    residuals[Bootstrap.Draw(how.Seed, b, residuals.Length, 1)[0]]);
            }).Where(r => !r.Item1).Select(r => (r.Item2, r.Item3)),
        ];
    }

    static (PowerLawCurve Curve, double Noise)[] ResampleResiduals(LogPoints points, PowerLawCurve curve, bool floor, FitOptions how)
    {
        var degrees = Math.Max(1, points.Count - (floor ? 3 : 2));
        var student = StudentT.TwoSided(how.Level, degrees) / StudentT.TwoSided(how.Level, 10_000);
        var residuals = points.Residuals(curve);
        var mean = residuals.Average();
        var scaled = residuals.Select(r => (r - mean) * student * Math.Sqrt((double)points.Count / degrees)).ToArray();
        var fitted = points.LogX.Select(x => Math.Log(curve.At(Math.Exp(x)))).ToArray();
        return Bootstrap.Run(how.Resamples, b =>
        {
            var drawn = Bootstrap.Draw(how.Seed, b, scaled.Length, scaled.Length + 1);
            var logY = fitted.Select((y, i) => y + scaled[drawn[i]]).ToArray();
            return ((points with { LogY = logY }).Fit(floor, how.HuberDelta), scaled[drawn[^1]]);
        });
    }
}
