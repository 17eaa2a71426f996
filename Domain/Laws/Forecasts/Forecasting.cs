using LanguageExt;
using static LanguageExt.Prelude;

namespace Flow.Domain.Laws.Forecasts;

/// <summary>
/// Predicts a run beyond all that were trained. The form is the one that would have predicted best what is already known from budgets as far below it,
/// and the interval is as wide as those errors say: nothing is tuned to a truth that the prediction is for.
/// </summary>
public static class Forecasting
{
    /// <summary>
    /// Only cells within a fifth of the lowest loss of their budget take part: wide models in their first hundred steps are still starting up, lie on no
    /// law, and pull every form away from the frontier.
    /// </summary>
    public const double Near = 1.2;

    /// <summary>Budgets that a hindcast is fitted to at least.</summary>
    const int FewestBudgets = 3;

    /// <summary>Steps are whole, so budgets that should be a factor apart are so to this much.</summary>
    const double Rounding = 1.05;

    /// <param name="points">Every trained model with its loss.</param>
    /// <param name="target">What is to be predicted.</param>
    /// <param name="level">Coverage of the interval.</param>
    public static Either<Refusal, Forecast> Of(Seq<TrainingPoint> points, ForecastTarget target, double level = 0.95) =>
        Evidence.Admit(points).Bind(_ => Beyond(points, target)).Bind(factor => Chosen(ProfileFit.Budgets(points).Map(Frontier).Strict(), target, factor, level));

    /// <summary>The cells of a budget that are near its lowest loss.</summary>
    public static Seq<TrainingPoint> Frontier(Seq<TrainingPoint> budget)
    {
        var limit = Near * budget.Map(p => p.Loss).Min();
        return budget.Filter(p => p.Loss <= limit).Strict();
    }

    /// <summary>How many times the largest known compute the target has.</summary>
    static Either<Refusal, double> Beyond(Seq<TrainingPoint> points, ForecastTarget target)
    {
        var largest = points.IsEmpty ? double.PositiveInfinity : points.Map(p => p.Flops).Max();
        return target.Flops > largest
            ? target.Flops / largest
            : new Refusal(Reason.BadInput, $"a forecast needs smaller runs: the target has {target.Flops:G4} FLOPs and the largest known {largest:G4}");
    }

    static Either<Refusal, Forecast> Chosen(Seq<Seq<TrainingPoint>> budgets, ForecastTarget target, double factor, double level)
    {
        var candidates = LossForm.All.Map(form => Candidate(form, budgets, target, factor)).Somes().OrderBy(candidate => candidate.Error).ToSeq().Strict();
        if (candidates.IsEmpty)
            return new Refusal(Reason.TooFewPoints, $"{budgets.Count} budgets hold no two that lie {factor:G3} times above {FewestBudgets} others: without a hindcast at the "
                + "forecast's own distance its error is not known. Train smaller budgets, or predict a nearer one");
        var best = candidates.Head;
        // The errors scatter around 0, which is not fitted: as many degrees as budgets.
        var spread = StudentT.TwoSided(level, best.Hindcasts.Count) * best.Error;
        return new Forecast(target, new(best.Prediction, best.Prediction * Math.Exp(-spread), best.Prediction * Math.Exp(spread)),
            candidates, budgets.Bind(identity).Strict(), factor, level, Warnings(best));
    }

    /// <summary>None where the form can't be fitted to all points, or has fewer than two hindcasts.</summary>
    static Option<ForecastCandidate> Candidate(LossForm form, Seq<Seq<TrainingPoint>> budgets, ForecastTarget target, double factor)
    {
        var hindcasts = budgets.Map(budget => Hindcast(form, budgets, budget, factor)).Somes().Strict();
        return hindcasts.Count < 2 ? None : form.Fit(budgets.Bind(identity).Strict()).Map(law => new ForecastCandidate(law, law.At(target.Point), hindcasts));
    }

    static Option<Seq<HindcastCell>> Hindcast(LossForm form, Seq<Seq<TrainingPoint>> budgets, Seq<TrainingPoint> budget, double factor)
    {
        var limit = budget.Map(p => p.Flops).Min() / factor * Rounding;
        var below = budgets.Filter(other => other.Map(p => p.Flops).Max() <= limit * Rounding).Strict();
        return below.Count < FewestBudgets
            ? None
            : form.Fit(below.Bind(identity).Strict()).Map(law => budget.Map(cell => new HindcastCell(cell, law.At(cell))).Strict());
    }

    static Seq<Finding> Warnings(ForecastCandidate best) => best.Hindcasts.Count < 3
        ? Seq1(new Finding(Reason.FewPoints, $"only {best.Hindcasts.Count} budgets could be hindcast: the interval is wide for want of evidence"))
        : Seq<Finding>();
}
