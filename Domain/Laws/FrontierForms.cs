using System.Text.Json.Nodes;
using LanguageExt;
using static LanguageExt.Prelude;

namespace Flow.Domain.Laws;

/// <summary>One form fitted to the lowest losses of the budgets, and how it predicts the largest of them from the others.</summary>
/// <param name="Form">As printed.</param>
/// <param name="Formula">With its constants, or why it could not be fitted.</param>
public sealed record FrontierForm(string Form, string Formula, Option<HoldOut> HoldOut)
{
    public JsonObject Json() => new()
    {
        ["form"] = Form,
        ["formula"] = Formula,
        ["holdout_error"] = HoldOut.MatchUnsafe(h => FitReport.Number(Math.Abs(h.Error)), () => null),
    };

    public string Text() => $"  {Form,-12} {Formula}{HoldOut.Match(h => $", hold-out {h.Error:+0.00%;-0.00%}", () => "")}";
}

/// <summary>L*(C) as a pure power law, with a floor, and with a break: side by side, because the choice between them is the extrapolation.</summary>
public static class FrontierForms
{
    /// <param name="loss">The law of the lowest losses, whichever form it took.</param>
    public static Seq<FrontierForm> Of(PowerLawFit loss) =>
        Seq(Straight("A C^b", loss, Floor.None), Straight("E + A C^b", loss, Floor.Fitted), Broken(loss));

    static FrontierForm Straight(string form, PowerLawFit loss, Floor floor) =>
        PowerLaw.Fit(loss.Observations, new FitOptions(floor, Resamples: 0)).Match(
            Right: fit => new FrontierForm(form, $"{fit.Irreducible.Match(e => $"{e.Value:G4} + ", () => "")}{fit.Prefactor.Value:G4} C^{fit.Exponent.Value:G4}", fit.HoldOut),
            Left: refusal => new FrontierForm(form, refusal.ToString(), None));

    static FrontierForm Broken(PowerLawFit loss) => BrokenLaw.Fit(loss.Observations, new FitOptions(Resamples: 0)).Match(
        Right: fit => new FrontierForm("broken", fit.Curve.D > loss.SmallestX && fit.Curve.D < loss.LargestX
            ? $"slope {-fit.Curve.C0:G3}, and {-fit.Curve.C0 - fit.Curve.C1:G3} beyond C = {fit.Curve.D:G3}"
            : $"slope {-fit.Curve.C0:G3} above a floor of {fit.Curve.A:G4}; no break inside the budgets", fit.HoldOut),
        Left: refusal => new FrontierForm("broken", refusal.ToString(), None));
}
