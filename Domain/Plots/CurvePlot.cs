using Flow.Domain.Laws;
using LanguageExt;
using static LanguageExt.Prelude;

namespace Flow.Domain.Plots;

/// <summary>Things that run on: training curves, frontiers, grids of sampler settings.</summary>
public static class CurvePlot
{
    /// <summary>One line per run, coloured in the order given (small model to large).</summary>
    public static Figure Training(Seq<(string Name, Seq<(double X, double Y)> Points)> runs, string title, string x, string y) =>
        new(title, Seq1(new Panel(new(x), new(y), runs.Map((i, r) => (Layer)new Line(r.Name, Palette.Order(i, runs.Count), r.Points)).ToSeq())));

    /// <summary>Every measured choice as a point by its family, and the staircase of the best result for so much compute.</summary>
    /// <param name="families">Named groups of (compute, error).</param>
    /// <param name="best">The points that no cheaper one beats, from cheap to dear.</param>
    public static Figure Frontier(Seq<(string Name, Seq<(double X, double Y)> Points)> families, Seq<(double X, double Y)> best, string title, string x, string y)
    {
        var steps = best.ToArray();
        var stairs = steps.SelectMany((p, i) => i == 0 ? [p] : new[] { (p.X, steps[i - 1].Y), p }).ToSeq();
        var dots = families.Map((i, f) => (Layer)new Dots(f.Name, Palette.Kind(i), f.Points, Palette.Shape(i))).ToSeq();
        return new(title, Seq1(new Panel(new(x), new(y), Join.Of<Layer>([new Line("frontier", "#808080", stairs)], dots))));
    }
}
