using Flow.Domain.Laws;
using static LanguageExt.Prelude;

namespace Flow.Domain.Plots;

/// <summary>A broken power law over its points.</summary>
public static class BrokenPlot
{
    public static Figure Of(BrokenFit fit, string x, string y)
    {
        var xs = fit.Observations.Map(p => p.X);
        return new($"{y} against {x}", Seq1(new Panel(new(x), new(y), Seq<Layer>(
            new Line("broken power law", Palette.Kind(0), LawPlot.Grid(xs.Min(), xs.Max(), 200).Map(v => (v, fit.Curve.At(v)))),
            new Line("extrapolation", Palette.Kind(0), LawPlot.Grid(xs.Max(), 2 * xs.Max()).Map(v => (v, fit.Curve.At(v))), Dashed: true),
            new Dots("measured", Palette.Kind(1), fit.Observations)))));
    }
}
