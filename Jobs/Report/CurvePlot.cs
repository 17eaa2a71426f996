using Flow.Domain.Planning;
using Flow.Domain.Plots;
using LanguageExt;
using static LanguageExt.Prelude;

namespace Flow.Jobs.Report;

/// <summary>Training curves of several steps in one picture, averaged over short windows.</summary>
public static class CurvePlot
{
    const int Points = 120;

    /// <summary>The picture, or nothing when none of the steps has a curve.</summary>
    public static Option<string> Svg(Lab lab, string title, IReadOnlyList<(string Name, StepId Step)> steps)
    {
        var layers = steps.Select((step, i) => (step.Name, Points: Smoothed(lab, step.Step), Colour: Palette.Order(i, steps.Count)))
            .Where(curve => curve.Points.Count > 0)
            .Select(curve => (Layer)new Line(curve.Name, curve.Colour, curve.Points)).ToSeq().Strict();
        return layers.IsEmpty
            ? None
            : new Figure(title, Seq1(new Panel(new Axis("optimizer step"), new Axis("training loss"), layers))).ToSvg();
    }

    static Seq<(double X, double Y)> Smoothed(Lab lab, StepId step)
    {
        var table = lab.Results.Query(
            $"select optimizer_step, value from curves where step = '{step.Hex}' and metric = 'loss' order by optimizer_step");
        var rows = table.Rows.Select(row => (Step: Convert.ToDouble(row[0]!, System.Globalization.CultureInfo.InvariantCulture), Loss: (double)row[1]!)).ToList();
        return rows.Chunk(Math.Max(1, rows.Count / Points))
            .Select(window => (window.Average(row => row.Step), window.Average(row => row.Loss))).ToSeq().Strict();
    }
}
