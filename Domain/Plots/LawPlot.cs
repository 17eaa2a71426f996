using Flow.Domain.Laws;
using LanguageExt;
using static LanguageExt.Prelude;

namespace Flow.Domain.Plots;

/// <summary>A fitted power law: points, curve, band, dashed extrapolation, and the residuals under it.</summary>
public static class LawPlot
{
    /// <param name="fit">The law.</param>
    /// <param name="title">What the picture claims.</param>
    /// <param name="x">Label of the x axis with its unit.</param>
    /// <param name="y">Label of the y axis with its unit.</param>
    /// <param name="extrapolate">The curve is drawn dashed up to this many times the largest x.</param>
    public static Figure Of(PowerLawFit fit, string title, string x, string y, double extrapolate = 4)
    {
        var fitted = Grid(fit.SmallestX, fit.LargestX);
        var beyond = Grid(fit.LargestX, fit.LargestX * extrapolate);
        var (blue, orange) = (Palette.Kind(0), Palette.Kind(1));
        var main = Seq<Layer>(
            new Band("interval of the law", blue, Join.Of(fitted, beyond).Map(v => (v, fit.Band(v).Low, fit.Band(v).High))),
            new Line("fit: " + Formula(fit), blue, fitted.Map(v => (v, fit.At(v)))),
            new Line("extrapolation", blue, beyond.Map(v => (v, fit.At(v))), Dashed: true),
            new Dots("measured", orange, fit.Observations.Map(o => (o.X, o.Y))));
        var residuals = Seq<Layer>(
            new Line("", "#808080", Seq((fit.SmallestX, 0.0), (fit.LargestX * extrapolate, 0.0))),
            new Dots("", orange, fit.Observations.Map(o => (o.X, 100 * (o.Y / fit.At(o.X) - 1)))));
        return new(title, Seq(
            new Panel(new(x), new(y), main, 3),
            new Panel(new(x), new("residual (%)", Scale.Linear), residuals)));
    }

    /// <summary>Several laws on the same axes: families, architectures, datasets.</summary>
    public static Figure Compare(Seq<(string Name, PowerLawFit Fit)> laws, string title, string x, string y, double extrapolate = 4)
    {
        var until = laws.Map(l => l.Fit.LargestX).Max() * extrapolate;
        return new(title, Seq1(new Panel(new(x), new(y), laws.Map((i, l) => Layers(l.Name, l.Fit, i, until)).ToSeq().Bind(identity))));
    }

    static Seq<Layer> Layers(string name, PowerLawFit fit, int index, double until)
    {
        var colour = Palette.Kind(index);
        var (fitted, beyond) = (Grid(fit.SmallestX, fit.LargestX), Grid(fit.LargestX, until));
        return Seq<Layer>(
            new Band("", colour, Join.Of(fitted, beyond).Map(v => (v, fit.Band(v).Low, fit.Band(v).High))),
            new Line("", colour, fitted.Map(v => (v, fit.At(v)))),
            new Line("", colour, beyond.Map(v => (v, fit.At(v))), Dashed: true),
            new Dots(name, colour, fit.Observations.Map(o => (o.X, o.Y)), Palette.Shape(index)));
    }

    static string Formula(PowerLawFit fit) =>
        $"{fit.Irreducible.Match(e => $"{e.Value:G3} + ", () => "")}{fit.Prefactor.Value:G3}·x^{fit.Exponent.Value:F3}";

    /// <summary>Points evenly spaced in log x.</summary>
    internal static Seq<double> Grid(double from, double to, int count = 60) =>
        Enumerable.Range(0, count).Select(i => from * Math.Pow(to / from, i / (count - 1.0))).ToSeq().Strict();
}
