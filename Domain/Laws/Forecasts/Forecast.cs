using System.Text.Json.Nodes;
using Flow.Domain.Plots;
using LanguageExt;

namespace Flow.Domain.Laws.Forecasts;

/// <summary>A prediction with its interval, made before the truth is known.</summary>
/// <param name="Loss">By the candidate with the smallest hindcast error.</param>
/// <param name="Candidates">Every form that can be fitted, the best first.</param>
/// <param name="Points">The cells that took part.</param>
/// <param name="Factor">How many times the largest known compute the target has.</param>
/// <param name="Level">Coverage of the interval.</param>
public sealed record Forecast(
    ForecastTarget Target,
    Estimate Loss,
    Seq<ForecastCandidate> Candidates,
    Seq<TrainingPoint> Points,
    double Factor,
    double Level,
    Seq<Finding> Warnings)
{
    public ForecastCandidate Chosen => Candidates.Head;

    public JsonObject Json() => new()
    {
        ["target"] = new JsonObject { ["params"] = Target.Params, ["tokens"] = Target.Tokens, ["flops"] = Target.Flops, ["times_largest_known"] = Factor },
        ["prediction"] = Loss.Value,
        ["low"] = Loss.Low,
        ["high"] = Loss.High,
        ["level"] = Level,
        ["form"] = Chosen.Law.Form.Formula,
        ["points"] = Points.Count,
        ["candidates"] = new JsonArray([.. Candidates.Map(c => (JsonNode)new JsonObject
        {
            ["name"] = c.Name,
            ["form"] = c.Law.Form.Formula,
            ["prediction"] = c.Prediction,
            ["hindcast_error"] = c.Error,
            ["hindcasts"] = new JsonArray([.. c.Hindcasts.Bind(budget => budget).Map(cell => (JsonNode)new JsonObject
            {
                ["flops"] = cell.Cell.Flops,
                ["params"] = cell.Cell.Params,
                ["measured"] = cell.Cell.Loss,
                ["predicted"] = cell.Predicted,
            })]),
        })]),
        ["warnings"] = FitReport.Texts(Warnings),
    };

    public string Text() => string.Join('\n', Prelude.Seq(
        $"forecast of {Target.Model} at {Target.Flops:G4} FLOPs, {Factor:F1} times the largest budget known: {Loss} ({Level:P0} interval)",
        $"  form         {Chosen.Law.Form.Formula}, the best of {Candidates.Count} in hindcasts over the same distance",
        string.Join('\n', Candidates.Map(c => $"  {c.Name,-20} hindcast error {c.Error:P1} ({string.Join(", ", c.Hindcasts.Map(Signed))}), predicts {c.Prediction:G4}")),
        string.Join('\n', Warnings.Map(w => $"  warning      {w}"))).Filter(part => part.Length > 0));

    /// <summary>The points, what every form makes of the target's model along compute, and the prediction; with the truth once it is known.</summary>
    public Seq<Figure> Figures(string loss, Option<double> truth) => Prelude.Seq1(ForecastPlot.Of(this, loss, truth));

    static string Signed(Seq<HindcastCell> budget) => $"{budget.Map(cell => cell.Error).Average():+0.0%;-0.0%} at {budget.Head.Cell.Flops:G2}";
}
