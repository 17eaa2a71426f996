using Flow.Domain.Laws;
using LanguageExt;
using static LanguageExt.Prelude;

namespace Flow.Domain.Plots;

/// <summary>The pictures of compute-optimal training.</summary>
public static class IsoFlopPlot
{
    /// <summary>The loss over model size: one profile per budget in the order of the budgets, its curve, and its optimum with the interval.</summary>
    public static Figure Profiles(IsoFlopFit fit, string title, string loss, ProfileAxis axis = ProfileAxis.Params)
    {
        var size = ProfileFit.Axes(axis).Of;
        var layers = fit.Profiles.Map((i, p) => Profile(p, size, Palette.Order(i, fit.Profiles.Count), i)).ToSeq().Bind(identity);
        var optima = fit.Profiles.Filter(p => p.Usable);
        return new(title, Seq1(new Panel(
            new(axis == ProfileAxis.Params ? "parameters" : "tokens"), new(loss),
            Join.Of<Layer>(layers, [new Dots("optimum", Palette.Ink, optima.Map(p => (p.Size.Value, p.Loss.Value)), Marker.Cross)]))));
    }

    static Seq<Layer> Profile(IsoFlopProfile profile, Func<TrainingPoint, double> size, string colour, int index)
    {
        var sizes = profile.Points.Map(size);
        var dots = new Dots($"{Ticks.Label(profile.Flops)} FLOPs", colour, profile.Points.Map(p => (size(p), p.Loss)), Palette.Shape(index));
        if (!profile.Usable) return Seq1<Layer>(dots);
        var highest = profile.Points.Map(p => p.Loss).Max();
        // A parabola that was fitted to a window shoots up outside it: drawn as far as the points go.
        var curve = LawPlot.Grid(sizes.Min(), sizes.Max()).Map(v => (v, profile.Curve(v))).Filter(p => p.Item2 <= highest);
        return Seq<Layer>(new Line("", colour, curve), dots);
    }

    /// <summary>N*(C) and D*(C) with their bands, one panel each.</summary>
    public static Figure Optima(IsoFlopFit fit, string title, double extrapolate = 10) => new(title, Seq(
        Panel(fit.Params, "N*: parameters", fit, extrapolate),
        Panel(fit.Tokens, "D*: tokens", fit, extrapolate)));

    static Panel Panel(PowerLawFit law, string label, IsoFlopFit fit, double extrapolate)
    {
        var colour = Palette.Kind(label[0] == 'N' ? 0 : 2);
        var (from, to) = (law.SmallestX, law.LargestX);
        var (inside, beyond) = (LawPlot.Grid(from, to), LawPlot.Grid(to, to * extrapolate));
        return new(new("training compute (FLOPs)"), new(label), Seq<Layer>(
            new Band("interval", colour, Join.Of(inside, beyond).Map(v => (v, law.Band(v).Low, law.Band(v).High))),
            new Line($"{label[..2]} = {law.Prefactor.Value:G3}·C^{law.Exponent.Value:F3}", colour, inside.Map(v => (v, law.At(v)))),
            new Line("extrapolation", colour, beyond.Map(v => (v, law.At(v))), Dashed: true),
            new Dots("optima of the budgets", Palette.Kind(1), law.Observations.Map(o => (o.X, o.Y)))));
    }
}
