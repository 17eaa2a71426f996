using Flow.Domain.Laws;
using LanguageExt;

namespace Flow.Domain.Plots;

/// <summary>Training curves by size, the lowest loss at each compute, and the law through it.</summary>
public static class EnvelopePlot
{
    /// <param name="extrapolate">The law is drawn dashed up to this many times the largest compute.</param>
    public static Figure Of(EnvelopeFit fit, string title, string loss, double extrapolate = 4)
    {
        var curves = fit.Curves.GroupBy(p => p.Run).Select(run => run.OrderBy(p => p.Flops).ToArray()).OrderBy(run => run[0].Params).ToArray();
        var law = fit.Loss;
        var (inside, beyond) = (LawPlot.Grid(law.SmallestX, law.LargestX), LawPlot.Grid(law.LargestX, law.LargestX * extrapolate));
        return new(title, Prelude.Seq1(new Panel(new("training compute (FLOPs)"), new(loss), Join.Of(
            curves.Select((run, i) => (Layer)new Line($"{Ticks.Label(run[0].Params)} parameters", Palette.Order(i, curves.Length), run.Select(p => (p.Flops, p.Loss)).ToSeq())),
            new Layer[]
            {
                new Line("law of the envelope", Palette.Ink, inside.Map(c => (c, law.At(c)))),
                new Line("extrapolation", Palette.Ink, beyond.Map(c => (c, law.At(c))), Dashed: true),
                new Dots("lowest at its compute", Palette.Ink, fit.Points.Map(p => (p.Flops, p.Loss)), Marker.Cross),
            }))));
    }
}
