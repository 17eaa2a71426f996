namespace Flow.Domain.Laws.Forecasts;

/// <summary>A run whose loss is not known yet.</summary>
/// <param name="Model">Name of the model.</param>
/// <param name="Params">N, active.</param>
/// <param name="Tokens">D.</param>
/// <param name="Flops">C, as counted.</param>
public sealed record ForecastTarget(string Model, double Params, double Tokens, double Flops)
{
    /// <summary>The place of the run among points; its loss is not a number.</summary>
    public TrainingPoint Point => new(Params, Tokens, Flops, double.NaN, Model);
}
