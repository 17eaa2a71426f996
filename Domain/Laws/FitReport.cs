using System.Text.Json.Nodes;
using LanguageExt;
using static LanguageExt.Prelude;

namespace Flow.Domain.Laws;

/// <summary>A fit as scripts and people read it.</summary>
public static class FitReport
{
    /// <summary>The fixed shape of <c>flow fit --json</c>: {exponent, low, high, prefactor, irreducible, holdout_error, points, warnings},
    /// and the other intervals beside them. The hold-out error is relative and without sign; what is missing is null.</summary>
    public static JsonObject Json(PowerLawFit fit) => new()
    {
        ["form"] = fit.Irreducible.IsSome ? "E + A x^b" : "A x^b",
        ["exponent"] = fit.Exponent.Value,
        ["low"] = Number(fit.Exponent.Low),
        ["high"] = Number(fit.Exponent.High),
        ["prefactor"] = fit.Prefactor.Value,
        ["prefactor_low"] = Number(fit.Prefactor.Low),
        ["prefactor_high"] = Number(fit.Prefactor.High),
        ["irreducible"] = fit.Irreducible.MatchUnsafe(e => Number(e.Value), () => null),
        ["irreducible_low"] = fit.Irreducible.MatchUnsafe(e => Number(e.Low), () => null),
        ["irreducible_high"] = fit.Irreducible.MatchUnsafe(e => Number(e.High), () => null),
        ["holdout_error"] = fit.HoldOut.MatchUnsafe(h => Number(Math.Abs(h.Error)), () => null),
        ["residual_spread"] = Number(fit.ResidualSpread),
        ["points"] = fit.Points,
        ["warnings"] = Texts(fit.Warnings),
    };

    /// <summary>The law and its evidence in a few lines.</summary>
    public static string Text(PowerLawFit fit, string x = "x", string y = "y")
    {
        var floor = fit.Irreducible.Match(e => $"{e.Value:G4} + ", () => "");
        var lines = new List<string>
        {
            $"{y} = {floor}{fit.Prefactor.Value:G4} * {x}^{fit.Exponent.Value:G4}   ({fit.Points} points, {x} from {fit.SmallestX:G3} to {fit.LargestX:G3})",
            $"  exponent     {fit.Exponent}",
            $"  prefactor    {fit.Prefactor}",
        };
        fit.Irreducible.Iter(e => lines.Add($"  irreducible  {e}"));
        lines.Add($"  scatter      {fit.ResidualSpread:P2} per point");
        lines.Add(fit.HoldOut.Match(
            h => $"  hold-out     {h.Error:+0.00%;-0.00%} error when the others predict {x} = {h.X:G3}, {h.Decades:F2} decades out",
            () => "  hold-out     none: too few points to leave the largest out"));
        lines.AddRange(fit.Warnings.Map(w => $"  warning      {w}"));
        return string.Join('\n', lines);
    }

    public static string Text(IsoFlopFit fit) => string.Join('\n', Seq(
        Text(fit.Params with { Warnings = Seq<Finding>() }, "C", "N*"),
        Text(fit.Tokens with { Warnings = Seq<Finding>() }, "C", "D*"),
        Text(fit.Loss with { Warnings = Seq<Finding>() }, "C", "L*"),
        string.Join('\n', fit.Profiles.Map(p => p.Usable ? $"  C = {p.Flops:G3}: optimum {p.Size}, loss {p.Loss.Value:G5}" : $"  C = {p.Flops:G3}: no optimum inside its sizes, not used")),
        string.Join('\n', fit.Warnings.Map(w => $"  warning      {w}"))).Filter(part => part.Length > 0));

    public static string Text(EnvelopeFit fit) => string.Join('\n', Seq(
        Text(fit.Params with { Warnings = Seq<Finding>() }, "C", "N*"),
        Text(fit.Loss with { Warnings = Seq<Finding>() }, "C", "L*"),
        string.Join('\n', fit.Warnings.Map(w => $"  warning      {w}"))).Filter(part => part.Length > 0));

    public static string Text(ParametricFit fit) => string.Join('\n', Seq(
        $"L = {fit.Surface.E:G5} + {fit.Surface.A:G5} / N^{fit.Surface.Alpha:G5} + {fit.Surface.B:G5} / D^{fit.Surface.Beta:G5}   ({fit.Observations.Count} points)",
        $"  E      {fit.E}", $"  A      {fit.A}", $"  B      {fit.B}", $"  alpha  {fit.Alpha}", $"  beta   {fit.Beta}",
        $"  a      {fit.ParamsExponent}   N* ~ C^a, D* ~ C^(1-a)",
        $"  scatter      {fit.ResidualSpread:P2} per point, Huber sum {fit.Sum:G7}",
        fit.HoldOut.Match(h => $"  hold-out     {h.Error:+0.00%;-0.00%} mean error of the tenth with the most compute, predicted from the rest", () => "  hold-out     none: too few points"),
        string.Join('\n', fit.Warnings.Map(w => $"  warning      {w}"))).Filter(part => part.Length > 0));

    public static string Text(BrokenFit fit, string x, string y) => string.Join('\n', Seq(
        $"{y}: a broken power law in {x}   ({fit.Observations.Count} points)",
        $"  slope before {fit.Of(c => -c.C0)}", $"  slope beyond {fit.Of(c => -c.C0 - c.C1)}", $"  break at     {fit.Of(c => c.D)}", $"  irreducible  {fit.Of(c => c.A)}",
        $"  scatter      {fit.Spread:P3} per point",
        fit.HoldOut.Match(h => $"  hold-out     {h.Error:+0.00%;-0.00%} error when the others predict {x} = {h.X:G3}, {h.Decades:F2} decades out", () => "  hold-out     none: too few points to leave the largest out"),
        string.Join('\n', fit.Warnings.Map(w => $"  warning      {w}"))).Filter(part => part.Length > 0));

    /// <summary>JSON has no infinities.</summary>
    internal static JsonNode? Number(double value) => double.IsFinite(value) ? JsonValue.Create(value) : null;

    internal static JsonArray Texts(Seq<Finding> findings) => [.. findings.Map(f => (JsonNode?)JsonValue.Create(f.Text))];

    /// <summary>An estimate as {value, low, high}.</summary>
    internal static JsonObject Json(Estimate estimate) => new()
    {
        ["value"] = Number(estimate.Value),
        ["low"] = Number(estimate.Low),
        ["high"] = Number(estimate.High),
    };
}
