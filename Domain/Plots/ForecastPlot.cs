using Flow.Domain.Laws;
using Flow.Domain.Laws.Forecasts;
using LanguageExt;
using static LanguageExt.Prelude;

namespace Flow.Domain.Plots;

/// <summary>A forecast: what is known, how every form continues the target's model, the prediction with its interval, and the truth.</summary>
public static class ForecastPlot
{
    public static Figure Of(Forecast forecast, string loss, Option<double> truth)
    {
        var target = forecast.Target;
        var own = forecast.Points.Filter(p => p.Params == target.Params).Strict();
        var known = forecast.Points.Map(p => p.Flops).Max();
        var from = own.IsEmpty ? forecast.Points.Map(p => p.Flops).Min() : own.Map(p => p.Flops).Min();
        var layers = Join.Of(
            Seq<Layer>(
                new Dots("other sizes", "#999999", forecast.Points.Filter(p => p.Params != target.Params).Map(p => (p.Flops, p.Loss)).Strict()),
                new Dots(target.Model, Palette.Kind(0), own.Map(p => (p.Flops, p.Loss)).Strict(), Marker.Square)),
            forecast.Candidates.Map((i, candidate) => Curve(candidate, i, target, from, known)),
            Seq<Layer>(
                new Whiskers("", Palette.Ink, Seq1((target.Flops, forecast.Loss.Low, forecast.Loss.High))),
                new Dots($"forecast, {forecast.Level:P0} interval", Palette.Ink, Seq1((target.Flops, forecast.Loss.Value)), Marker.Diamond)),
            truth.Map(measured => (Layer)new Dots("measured afterwards", Palette.Kind(1), Seq1((target.Flops, measured)), Marker.Triangle)).ToSeq());
        return new($"{target.Model}, predicted before it was trained", Seq1(new Panel(new("training compute (FLOPs)"), new(loss), layers)));
    }

    /// <summary>The chosen form in full, the others dashed from where nothing is known.</summary>
    static Layer Curve(ForecastCandidate candidate, int index, ForecastTarget target, double from, double known) =>
        new Line(
            index == 0 ? $"{candidate.Name} (chosen)" : candidate.Name,
            Palette.Kind(index + 2),
            LawPlot.Grid(index == 0 ? from : known, target.Flops).Map(c => (c, candidate.Law.At(target.Point with { Flops = c, Tokens = target.Tokens * c / target.Flops }))).Strict(),
            Dashed: index > 0);
}
