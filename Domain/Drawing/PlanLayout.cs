using Flow.Domain.Planning;

namespace Flow.Domain.Drawing;

/// <summary>Where a step stands in a picture of its plan, counted from 0.</summary>
public readonly record struct PlanPlace(int Column, int Row);

/// <summary>The places of a plan's steps: a step stands one column right of the rightmost step that it reads; steps of a column keep the plan's order.</summary>
public static class PlanLayout
{
    public static IReadOnlyDictionary<StepId, PlanPlace> Of(Plan plan)
    {
        var places = new Dictionary<StepId, PlanPlace>();
        var filled = new Dictionary<int, int>();
        foreach (var step in plan.Steps)
        {
            var column = step.Inputs.IsEmpty ? 0 : step.Inputs.Max(input => places[input].Column) + 1;
            var row = filled.GetValueOrDefault(column);
            places[step.Name] = new PlanPlace(column, row);
            filled[column] = row + 1;
        }
        return places;
    }
}
