using System.Text.Json.Nodes;
using Flow.Domain.Plots;
using LanguageExt;
using static LanguageExt.Prelude;

namespace Flow.Domain.Laws;

/// <summary>Any fitted law in the three forms that faces show: JSON for scripts, text for terminals, a figure for everyone.</summary>
/// <param name="Json">Always with the keys {exponent, low, high, prefactor, irreducible, holdout_error, points, warnings}; more per form.</param>
public sealed record FitAnswer(JsonObject Json, string Text, Seq<Figure> Figures)
{
    public static FitAnswer Of(PowerLawFit fit, string x, string y) =>
        new(FitReport.Json(fit), FitReport.Text(fit, x, y), Seq1(LawPlot.Of(fit, $"{y} against {x}", x, y)));

    /// <summary>The exponent is that of N*(C).</summary>
    public static FitAnswer Of(IsoFlopFit fit, string loss, ProfileAxis axis = ProfileAxis.Params)
    {
        var json = FitReport.Json(fit.Params);
        json["form"] = "isoflop";
        json["points"] = fit.Profiles.Map(p => p.Points.Count).Sum();
        json["tokens"] = FitReport.Json(fit.Tokens);
        json["loss"] = FitReport.Json(fit.Loss);
        json["profiles"] = new JsonArray([.. fit.Profiles.Map(Profile)]);
        json["warnings"] = FitReport.Texts(fit.Warnings);
        var forms = FrontierForms.Of(fit.Loss);
        json["loss_forms"] = new JsonArray([.. forms.Map(form => (JsonNode)form.Json())]);
        return new(json, $"{FitReport.Text(fit)}\n  L* in other forms\n{string.Join('\n', forms.Map(form => form.Text()))}", Seq(
            IsoFlopPlot.Profiles(fit, "IsoFLOP profiles", loss, axis),
            IsoFlopPlot.Optima(fit, "Compute-optimal size and data"),
            LawPlot.Of(fit.Loss, "Loss at the optimum", "training compute (FLOPs)", loss)));
    }

    /// <summary>The exponent is that of N*(C) along the envelope.</summary>
    public static FitAnswer Of(EnvelopeFit fit, string loss)
    {
        var json = FitReport.Json(fit.Params);
        json["form"] = "envelope";
        json["points"] = fit.Points.Count;
        json["loss"] = FitReport.Json(fit.Loss);
        json["warnings"] = FitReport.Texts(fit.Warnings);
        return new(json, FitReport.Text(fit), Seq(
            EnvelopePlot.Of(fit, "Envelope of the training curves", loss),
            LawPlot.Of(fit.Params, "Best size along the envelope", "training compute (FLOPs)", "parameters")));
    }

    /// <summary>The exponent is a = beta/(alpha+beta) of N*(C) and the prefactor N*(1 FLOP).</summary>
    public static FitAnswer Of(ParametricFit fit, string loss)
    {
        var best = fit.Of(s => s.OptimalParams(1, fit.FlopsPerParamToken));
        var json = new JsonObject
        {
            ["form"] = "E + A/N^alpha + B/D^beta",
            ["exponent"] = fit.ParamsExponent.Value,
            ["low"] = FitReport.Number(fit.ParamsExponent.Low),
            ["high"] = FitReport.Number(fit.ParamsExponent.High),
            ["prefactor"] = FitReport.Number(best.Value),
            ["irreducible"] = fit.E.Value,
            ["holdout_error"] = fit.HoldOut.MatchUnsafe(h => FitReport.Number(Math.Abs(h.Error)), () => null),
            ["points"] = fit.Observations.Count,
            ["e"] = FitReport.Json(fit.E),
            ["a"] = FitReport.Json(fit.A),
            ["b"] = FitReport.Json(fit.B),
            ["alpha"] = FitReport.Json(fit.Alpha),
            ["beta"] = FitReport.Json(fit.Beta),
            ["flops_per_param_token"] = fit.FlopsPerParamToken,
            ["huber_sum"] = fit.Sum,
            ["residual_spread"] = FitReport.Number(fit.ResidualSpread),
            ["warnings"] = FitReport.Texts(fit.Warnings),
        };
        return new(json, FitReport.Text(fit), Seq1(ParametricPlot.Of(fit, loss)));
    }

    /// <summary>The exponent is that beyond the break, where extrapolation starts.</summary>
    public static FitAnswer Of(BrokenFit fit, string x, string y)
    {
        var (before, beyond, place, floor) = (fit.Of(c => -c.C0), fit.Of(c => -c.C0 - c.C1), fit.Of(c => c.D), fit.Of(c => c.A));
        var json = new JsonObject
        {
            ["form"] = "a + b x^-c0 (1 + (x/d)^(1/f))^(-c1 f)",
            ["exponent"] = beyond.Value,
            ["low"] = FitReport.Number(beyond.Low),
            ["high"] = FitReport.Number(beyond.High),
            ["prefactor"] = FitReport.Number(fit.Curve.B),
            ["irreducible"] = floor.Value,
            ["irreducible_low"] = FitReport.Number(floor.Low),
            ["irreducible_high"] = FitReport.Number(floor.High),
            ["holdout_error"] = fit.HoldOut.MatchUnsafe(h => FitReport.Number(Math.Abs(h.Error)), () => null),
            ["points"] = fit.Observations.Count,
            ["exponent_before"] = before.Value,
            ["exponent_before_low"] = FitReport.Number(before.Low),
            ["exponent_before_high"] = FitReport.Number(before.High),
            ["break"] = FitReport.Number(place.Value),
            ["break_low"] = FitReport.Number(place.Low),
            ["break_high"] = FitReport.Number(place.High),
            ["break_width"] = FitReport.Number(fit.Curve.F),
            ["rmsle"] = fit.Spread,
            ["warnings"] = FitReport.Texts(fit.Warnings),
        };
        return new(json, FitReport.Text(fit, x, y), Seq1(BrokenPlot.Of(fit, x, y)));
    }

    static JsonNode? Profile(IsoFlopProfile profile) => new JsonObject
    {
        ["flops"] = profile.Flops,
        ["points"] = profile.Points.Count,
        ["usable"] = profile.Usable,
        ["optimum"] = FitReport.Json(profile.Size),
        ["loss"] = FitReport.Json(profile.Loss),
        ["findings"] = FitReport.Texts(profile.Findings),
    };
}
