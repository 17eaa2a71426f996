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
public sealed record FamilyComparison(Estimate Exponents, double Budget, Estimate LossRatio, Option<Estimate> Crossing, double CrossingShare, bool Decided, string Sentence)
{
    public static FamilyComparison Of(string first, PowerLawFit a, string second, PowerLawFit b, double budget)
    {
        // The two families were measured independently, so resample i of one may meet resample i of the other.
        var pairs = a.Resampled.Zip(b.Resampled, (p, q) => (A: p.Curve, B: q.Curve)).ToArray();
        var exponents = Bootstrap.Around(a.Exponent.Value - b.Exponent.Value, pairs.Select(p => p.A.Exponent - p.B.Exponent), a.Level);
        var ratio = Bootstrap.Around(a.At(budget) / b.At(budget), pairs.Select(p => p.A.At(budget) / p.B.At(budget)), a.Level);
        // Crossings are looked for two decades around what was measured: farther out neither law is known.
        var (from, to) = (Math.Min(a.SmallestX, b.SmallestX) / 100, Math.Max(a.LargestX, b.LargestX) * 100);
        var crossings = pairs.Map(p => Meet(p.A, p.B, from, to)).Somes().ToArray();
        var crossing = Meet(a.Curve, b.Curve, from, to).Map(at => Bootstrap.Around(at, crossings, a.Level));
        var decided = !ratio.Covers(1);
        var share = pairs.Length == 0 ? 0 : (double)crossings.Length / pairs.Length;
        return new(exponents, budget, ratio, crossing, share, decided, Say(first, second, budget, ratio, crossing, decided, exponents));
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
            ? "Their exponents do not differ by more than their intervals."
            : $"{(exponents.Value < 0 ? first : second)} improves faster with x.";
        var meeting = crossing.Match(at => $" The laws cross at {at.Value:G3} ({at.Low:G3} to {at.High:G3}), so the verdict depends on the budget.", () => "");
        return $"{verdict} {steeper}{meeting}";
    }

    public JsonObject Json() => new()
    {
        ["exponent_difference"] = FitReport.Json(Exponents),
        ["budget"] = Budget,
        ["loss_ratio"] = FitReport.Json(LossRatio),
        ["crossing"] = Crossing.MatchUnsafe<JsonNode?>(FitReport.Json, () => null),
        ["crossing_share"] = CrossingShare,
        ["decided"] = Decided,
        ["sentence"] = Sentence,
    };
}
