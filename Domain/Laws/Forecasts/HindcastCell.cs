namespace Flow.Domain.Laws.Forecasts;

/// <summary>A known cell, predicted from budgets as far below it as the forecast's target lies above the known ones.</summary>
/// <param name="Cell">The cell.</param>
/// <param name="Predicted">What a form fitted to the smaller budgets expects of it.</param>
public readonly record struct HindcastCell(TrainingPoint Cell, double Predicted)
{
    /// <summary>log(predicted / measured): negative when the form promised too low a loss.</summary>
    public double Error => Math.Log(Predicted / Cell.Loss);
}
