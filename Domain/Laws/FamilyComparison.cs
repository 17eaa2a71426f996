using System.Text.Json.Nodes;
using Flow.Domain.Laws.Optimise;
using LanguageExt;

namespace Flow.Domain.Laws;

/// <summary>Two families (architectures, conditionings, datasets, schedules) by their laws, at a budget.</summary>
/// <param name="Exponents">Exponent of the first minus that of the second.</param>
/// <param name="LossRatio">Loss of the first over that of the second at the budget; below 1 the first is better.</param>
/// <param name="Crossing">Where the laws cross, with the interval over the resamples that cross at all; none when they do not.</param>
/// <param name="CrossingShare">Share of the resamples that cross.</param>
/// <param name="Sentence">What may be said.</param>
public sealed record FamilyComparison(
    Family First, Family Second, Estimate Exponents, double Budget, Estimate LossRatio, Option<Estimate> Crossing, double CrossingShare, bool Decided, string Sentence)
{
    public static FamilyComparison Of(string first, PowerLawFit a, string second, PowerLawFit b, double budget) =>
        Of(new Family(first, a, Option<IsoFlopFit>.None), new Family(second, b, Option<IsoFlopFit>.None), budget);

    public static FamilyComparison Of(Family first, Family second, double budget)
    {
        var (a, b) = (first.Loss, second.Loss);
        // The two families were measured independently, so resample i of one may meet resample i of the other.
        var pairs = a.Resampled.Zip(b.Resampled, (p, q) => (A: p.Curve, B: q.Curve)).ToArray();
        var exponents = Difference(a, b);
        var ratio = Bootstrap.Around(a.At(budget) / b.At(budget), pairs.Select(p => p.A.At(budget) / p.B.At(budget)), a.Level);
        // Crossings are looked for two decades around what was measured: farther out neither law is known.
        var (from, to) = (Math.Min(a.SmallestX, b.SmallestX) / 100, Math.Max(a.LargestX, b.LargestX) * 100);
        var crossings = pairs.Map(p => Meet(p.A, p.B, from, to)).Somes().ToArray();
        var crossing = Meet(a.Curve, b.Curve, from, to).Map(at => Bootstrap.Around(at, crossings, a.Level));
        var decided = !ratio.Covers(1);
        var share = pairs.Length == 0 ? 0 : (double)crossings.Length / pairs.Length;
        return new(first, second, exponents, budget, ratio, crossing, share, decided, Say(first.Name, second.Name, budget, ratio, crossing, decided, exponents));
    }

    static Estimate Difference(PowerLawFit a, PowerLawFit b) => Bootstrap.Around(
        a.Exponent.Value - b.Exponent.Value, a.Resampled.Zip(b.Resampled, (p, q) => p.Curve.Exponent - q.Curve.Exponent), a.Level);

    /// <summary>Of N* ~ C^a and D* ~ C^b, first minus second, where both have profiles.</summary>
    public Option<(Estimate Params, Estimate Tokens)> Allocation =>
        from a in First.Profiles from b in Second.Profiles select (Difference(a.Params, b.Params), Difference(a.Tokens, b.Tokens));

    /// <summary>What the evidence of either side can't carry, by its name, and a budget that neither side was measured at.</summary>
    public Seq<Finding> Warnings => Join.Of(Remarks(First), Remarks(Second), Far().ToSeq());

    static Seq<Finding> Remarks(Family family) =>
        family.Profiles.Match(fit => fit.Warnings, () => family.Loss.Warnings).Map(found => found with { Text = $"{family.Name}: {found.Text}" }).Strict();

    Option<Finding> Far()
    {
        var (from, to) = (Math.Max(First.Loss.SmallestX, Second.Loss.SmallestX), Math.Min(First.Loss.LargestX, Second.Loss.LargestX));
        return Budget < from || Budget > to
            ? new Finding(Reason.Extrapolation, $"{Budget:G3} lies outside what both were measured at ({from:G3} to {to:G3}): the verdict rests on extrapolation")
            : Option<Finding>.None;
    }

    /// <summary>The smallest x between two ends at which the curves meet.</summary>
    static Option<double> Meet(PowerLawCurve a, PowerLawCurve b, double from, double to)
    {
        double Gap(double logX) => Math.Log(a.At(Math.Exp(logX)) / b.At(Math.Exp(logX)));
        var grid = Enumerable.Range(0, 201).Select(i => Math.Log(from) + i / 200.0 * Math.Log(to / from)).ToArray();
        var change = Enumerable.Range(0, 200).Where(i => Math.Sign(Gap(grid[i])) * Math.Sign(Gap(grid[i + 1])) < 0).HeadOrNone();
        return change.Map(i => Math.Exp(Chandrupatla.Root(Gap, grid[i], grid[i + 1], 1e-12)));
    }

    static string Say(string first, string second, double budget, Estimate ratio, Option<Estimate> crossing, bool decided, Estimate exponents)
    {
        var better = ratio.Value < 1 ? first : second;
        var verdict = decided
            ? $"At {budget:G3}, {better} is better: the loss of {first} is {ratio.Value - 1:+0.0%;-0.0%} against {second} ({ratio.Low - 1:+0.0%;-0.0%} to {ratio.High - 1:+0.0%;-0.0%})."
            : $"At {budget:G3} the data do not decide between {first} and {second}: the difference of the losses is {ratio.Value - 1:+0.0%;-0.0%} ({ratio.Low - 1:+0.0%;-0.0%} to {ratio.High - 1:+0.0%;-0.0%}).";
        var steeper = exponents.Covers(0)
            ? $"Their exponents do not differ by more than their intervals ({exponents})."
            : $"{(exponents.Value < 0 ? first : second)} improves faster with x: the exponents differ by {exponents}.";
        var meeting = crossing.Match(at => $" The laws cross at {at.Value:G3} ({at.Low:G3} to {at.High:G3}), so the verdict depends on the budget.", () => "");
        return $"{verdict} {steeper}{meeting}";
    }

    /// <summary>Both laws, their difference, and the sentence.</summary>
    public string Text() => string.Join('\n', Prelude.Seq(
        Law(First), Law(Second), $"  exponents    differ by {Exponents}",
        Allocation.Match(differ => $"  N* ~ C^a     a differs by {differ.Params}\n  D* ~ C^b     b differs by {differ.Tokens}", () => ""),
        $"  loss ratio   {LossRatio} at {Budget:G3}",
        string.Join('\n', Warnings.Map(w => $"  warning      {w}")),
        Sentence).Filter(part => part.Length > 0));

    string Law(Family family) =>
        $"{family.Name}: exponent {family.Loss.Exponent}, predicted {family.Loss.Predict(Budget)} at {Budget:G3}   ({family.Loss.Points} points from {family.Loss.SmallestX:G3} to {family.Loss.LargestX:G3})"
        + family.Profiles.Match(fit => $"\n  N* ~ C^{fit.Params.Exponent}, D* ~ C^{fit.Tokens.Exponent}", () => "");

    public JsonObject Json() => new()
    {
        ["first"] = Json(First),
        ["second"] = Json(Second),
        ["exponent_difference"] = FitReport.Json(Exponents),
        ["params_exponent_difference"] = Allocation.MatchUnsafe<JsonNode?>(differ => FitReport.Json(differ.Params), () => null),
        ["tokens_exponent_difference"] = Allocation.MatchUnsafe<JsonNode?>(differ => FitReport.Json(differ.Tokens), () => null),
        ["budget"] = Budget,
        ["loss_ratio"] = FitReport.Json(LossRatio),
        ["crossing"] = Crossing.MatchUnsafe<JsonNode?>(FitReport.Json, () => null),
        ["crossing_share"] = CrossingShare,
        ["decided"] = Decided,
        ["sentence"] = Sentence,
        ["warnings"] = FitReport.Texts(Warnings),
    };

    JsonObject Json(Family family) => new()
    {
        ["name"] = family.Name,
        ["exponent"] = FitReport.Json(family.Loss.Exponent),
        ["loss"] = FitReport.Json(family.Loss.Predict(Budget)),
    };
}
