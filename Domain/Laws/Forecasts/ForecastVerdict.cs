using System.Text.Json.Nodes;

namespace Flow.Domain.Laws.Forecasts;

/// <summary>A stored prediction beside what was measured afterwards.</summary>
public sealed record ForecastVerdict(Estimate Predicted, double Truth)
{
    /// <summary>Relative: negative when the forecast promised too low a loss.</summary>
    public double Error => Predicted.Value / Truth - 1;

    public bool Covered => Predicted.Covers(Truth);

    public JsonObject Json() => new()
    {
        ["prediction"] = Predicted.Value,
        ["low"] = Predicted.Low,
        ["high"] = Predicted.High,
        ["truth"] = Truth,
        ["error"] = Error,
        ["covered"] = Covered,
    };

    public string Text() => $"predicted {Predicted}, measured {Truth:G4}: the prediction was {Math.Abs(Error):P1} too {(Error < 0 ? "low" : "high")}, "
        + $"and its interval {(Covered ? "covers" : "does NOT cover")} the truth";
}
