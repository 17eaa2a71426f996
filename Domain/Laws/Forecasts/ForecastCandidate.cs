using LanguageExt;

namespace Flow.Domain.Laws.Forecasts;

/// <summary>What one form predicts, and how well it would have predicted what is already known.</summary>
/// <param name="Law">Fitted to everything known.</param>
/// <param name="Prediction">Its loss of the target.</param>
/// <param name="Hindcasts">For each budget that lies far enough above others, its cells as the form fitted to those others predicts them.</param>
public sealed record ForecastCandidate(LossLaw Law, double Prediction, Seq<Seq<HindcastCell>> Hindcasts)
{
    public string Name => Law.Form.Name;

    /// <summary>
    /// Root mean square of the hindcast errors (of log L), every budget counting once: the cells of one budget err together.
    /// </summary>
    public double Error => Math.Sqrt(Hindcasts.Map(budget => budget.Map(cell => cell.Error * cell.Error).Average()).Average());
}
