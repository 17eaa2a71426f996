using Flow.Domain.Laws;
using static LanguageExt.Prelude;

namespace Flow.Domain.Plots;

/// <summary>A fitted loss surface: loss over compute with the optimal frontier, and predicted against measured loss.</summary>
public static class ParametricPlot
{
    public static Figure Of(ParametricFit fit, string loss)
    {
        var compute = fit.Observations.Map(p => p.Flops);
        var (inside, beyond) = (LawPlot.Grid(compute.Min(), compute.Max(), 30), LawPlot.Grid(compute.Max(), 10 * compute.Max(), 12));
        var blue = Palette.Kind(0);
        var main = Seq<Layer>(
            new Dots("measured", Palette.Kind(1), fit.Observations.Map(p => (p.Flops, p.Loss))),
            new Band("interval", blue, Join.Of(inside, beyond).Map(c => (c, fit.OptimalLoss(c).Low, fit.OptimalLoss(c).High))),
            new Line("optimal split of C", blue, inside.Map(c => (c, fit.OptimalLoss(c).Value))),
            new Line("extrapolation", blue, beyond.Map(c => (c, fit.OptimalLoss(c).Value)), Dashed: true));
        var residuals = Seq<Layer>(
            new Line("", "#666666", Seq((compute.Min(), 0.0), (10 * compute.Max(), 0.0))),
            new Dots("", Palette.Kind(1), fit.Observations.Map(p => (p.Flops, 100 * (p.Loss / fit.Surface.At(p.Params, p.Tokens) - 1)))));
        return new("Loss surface: measured points and the optimal split", Seq(
            new Panel(new("training compute (FLOPs)"), new(loss), main, 3),
            new Panel(new("training compute (FLOPs)"), new("residual (%)", Scale.Linear), residuals)));
    }
}
