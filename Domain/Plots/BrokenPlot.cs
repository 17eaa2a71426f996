using Flow.Domain.Laws;
using static LanguageExt.Prelude;

namespace Flow.Domain.Plots;

/// <summary>A broken power law over its points, with its band, and the residuals under it.</summary>
public static class BrokenPlot
{
    public static Figure Of(BrokenFit fit, string x, string y)
    {
        var xs = fit.Observations.Map(o => o.X);
        var (inside, beyond) = (LawPlot.Grid(xs.Min(), xs.Max(), 200), LawPlot.Grid(xs.Max(), 2 * xs.Max(), 20));
        var (blue, orange) = (Palette.Kind(0), Palette.Kind(1));
        return new($"{y} against {x}", Seq(
            new Panel(new(x), new(y), Seq<Layer>(
                new Band("interval of the law", blue, Join.Of(inside, beyond).Map(v => (v, fit.Band(v).Low, fit.Band(v).High))),
                new Line("broken power law", blue, inside.Map(v => (v, fit.Curve.At(v)))),
                new Line("extrapolation", blue, beyond.Map(v => (v, fit.Curve.At(v))), Dashed: true),
                new Dots("measured", orange, fit.Observations.Map(o => (o.X, o.Y)))), 3),
            new Panel(new(x), new("residual (%)", Scale.Linear), Seq<Layer>(
                new Line("", "#808080", Seq((xs.Min(), 0.0), (2 * xs.Max(), 0.0))),
                new Dots("", orange, fit.Observations.Map(o => (o.X, 100 * (o.Y / fit.Curve.At(o.X) - 1))))))));
    }
}
