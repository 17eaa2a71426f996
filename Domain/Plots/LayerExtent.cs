using LanguageExt;
using static LanguageExt.Prelude;

namespace Flow.Domain.Plots;

/// <summary>The values that an axis must hold for a layer to be seen.</summary>
internal static class LayerExtent
{
    public static Seq<double> Xs(Layer layer) => layer switch
    {
        Dots dots => dots.Points.Map(p => p.X),
        Line line => line.Points.Map(p => p.X),
        Band band => band.Points.Map(p => p.X),
        Whiskers whiskers => whiskers.Points.Map(p => p.X),
        _ => Seq<double>(),
    };

    /// <summary>A band may run to infinity, or over decades, where nothing is known: there it is clipped and does not stretch the axis.</summary>
    public static Seq<double> Ys(Layer layer) => layer switch
    {
        Dots dots => dots.Points.Map(p => p.Y),
        Line line => line.Points.Map(p => p.Y),
        Band band => band.Points.Filter(p => p.Low > 0 && p.High < 3 * p.Low).Bind(p => Seq(p.Low, p.High)),
        Whiskers whiskers => whiskers.Points.Bind(p => Seq(p.Low, p.High)),
        _ => Seq<double>(),
    };
}
