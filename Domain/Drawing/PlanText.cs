using System.Text;
using Flow.Domain.Planning;
using LanguageExt;

namespace Flow.Domain.Drawing;

/// <summary>
/// A plan as an indented tree: the report at the root, below each step the steps that it reads. A step that was drawn before is named
/// again with an arrow and not opened, so that shared work shows.
/// </summary>
public static class PlanText
{
    public static string Of(Plan plan)
    {
        var text = new StringBuilder();
        var drawn = new System.Collections.Generic.HashSet<StepId>();
        foreach (var run in plan.Runs)
        {
            if (run.Run.Label.Length > 0) text.Append(run.Run.Label).Append('\n');
            foreach (var name in run.Steps.Reverse())
                if (!drawn.Contains(name)) Draw(name, "", true);
        }
        foreach (var step in plan.Steps.Filter(step => step.Kind is StepKind.Baseline or StepKind.Fit or StepKind.Forecast or StepKind.Verdict or StepKind.Report))
            text.Append(step.Name.Short).Append("  ").Append(step.Label).Append('\n');
        return text.ToString();

        void Draw(StepId name, string indent, bool last)
        {
            var step = plan[name];
            var again = !drawn.Add(name) && !step.Inputs.IsEmpty;
            text.Append(name.Short).Append("  ").Append(indent).Append(last ? "└ " : "├ ").Append(step.Label).Append(again ? " ↑" : "").Append('\n');
            if (again) return;
            foreach (var (input, i) in step.Inputs.Select((input, i) => (input, i)))
                Draw(input, indent + (last ? "  " : "│ "), i == step.Inputs.Count - 1);
        }
    }
}
