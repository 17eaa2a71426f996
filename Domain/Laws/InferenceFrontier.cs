using System.Text.Json.Nodes;
using Flow.Domain.Plots;
using LanguageExt;

namespace Flow.Domain.Laws;

/// <summary>One evaluated way to predict: a model, its denoising steps and its ensemble.</summary>
/// <param name="Macs">MACs of one prediction: forward MACs x steps x members (and guidance).</param>
/// <param name="Error">The metric with its interval over samples; lower is better.</param>
public sealed record InferenceCell(string Model, int Steps, int Ensemble, double Macs, Estimate Error)
{
    public override string ToString() => $"{Model}, {Steps} steps, ensemble of {Ensemble}: {Error} at {Macs:G3} MACs";
}

/// <summary>The best way to predict within a budget, and those that can't be told from it.</summary>
/// <param name="Rivals">Affordable cells whose interval overlaps the best one's, the cheapest first.</param>
public sealed record FrontierChoice(double Budget, InferenceCell Best, Seq<InferenceCell> Rivals)
{
    public JsonObject Json() => new()
    {
        ["budget_macs"] = Budget,
        ["best"] = InferenceFrontier.Json(Best),
        ["rivals"] = new JsonArray([.. Rivals.Map(InferenceFrontier.Json)]),
        ["decided"] = Rivals.IsEmpty,
    };

    public string Text()
    {
        var rivals = Rivals.IsEmpty ? "no other choice comes within its interval" : $"not told apart from it: {string.Join("; ", Rivals.Map(r => r.ToString()))}";
        return $"within {Budget:G3} MACs per prediction: {Best}\n  {rivals}";
    }
}

/// <summary>Model size against test-time compute: which (model, steps, ensemble) is best for how many MACs per prediction.</summary>
public static class InferenceFrontier
{
    /// <summary>The cells that no cheaper or equally dear cell beats, from cheap to dear.</summary>
    public static Seq<InferenceCell> Of(Seq<InferenceCell> cells)
    {
        var best = new List<InferenceCell>();
        foreach (var cell in cells.OrderBy(c => c.Macs).ThenBy(c => c.Error.Value))
            if (best.Count == 0 || cell.Error.Value < best[^1].Error.Value) best.Add(cell);
        return best.ToSeq().Strict();
    }

    public static Either<Refusal, FrontierChoice> Best(Seq<InferenceCell> cells, double budgetMacs)
    {
        var affordable = cells.Filter(c => c.Macs <= budgetMacs).Strict();
        if (affordable.IsEmpty)
            return new Refusal(Reason.TooFewPoints, cells.IsEmpty
                ? "no evaluated samplers: run flow evaluate first"
                : $"nothing evaluated costs at most {budgetMacs:G3} MACs per prediction; the cheapest is {cells.OrderBy(c => c.Macs).First()}");
        var best = affordable.OrderBy(c => c.Error.Value).ThenBy(c => c.Macs).First();
        var rivals = affordable.Filter(c => c != best && c.Error.Low <= best.Error.High).OrderBy(c => c.Macs).ToSeq().Strict();
        return new FrontierChoice(budgetMacs, best, rivals);
    }

    /// <summary>All cells by model, and the staircase of the best.</summary>
    public static Figure Plot(Seq<InferenceCell> cells, string title, string error) => CurvePlot.Frontier(
        cells.GroupBy(c => c.Model).Select(g => (g.Key, g.Select(c => (c.Macs, c.Error.Value)).ToSeq())).ToSeq(),
        Of(cells).Map(c => (c.Macs, c.Error.Value)), title, "compute of one prediction (MACs)", error);

    internal static JsonObject Json(InferenceCell cell) => new()
    {
        ["model"] = cell.Model,
        ["steps"] = cell.Steps,
        ["ensemble"] = cell.Ensemble,
        ["macs"] = cell.Macs,
        ["error"] = FitReport.Json(cell.Error),
    };
}
