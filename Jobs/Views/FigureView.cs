using Flow.Domain.Plots;
using LanguageExt;

namespace Flow.Jobs.Views;

/// <summary>A layer of a panel as numbers in columns.</summary>
/// <param name="Kind">dots, line, band, whiskers or note.</param>
/// <param name="Y">Of dots and lines.</param>
/// <param name="Low">Of bands and whiskers, with <paramref name="High"/>.</param>
public sealed record LayerView(
    string Kind, string Name, string Colour, IReadOnlyList<double> X, IReadOnlyList<double?>? Y, IReadOnlyList<double?>? Low, IReadOnlyList<double?>? High, bool Dashed);

/// <summary>A pair of axes.</summary>
public sealed record PanelView(string X, bool XLog, string Y, bool YLog, double Height, IReadOnlyList<LayerView> Layers);

/// <summary>A <see cref="Figure"/> as pages draw it in their own colours: the same layers as in its SVG.</summary>
public sealed record FigureView(string Title, IReadOnlyList<PanelView> Panels)
{
    public static FigureView Of(Figure figure) => new(figure.Title, [.. figure.Panels.Map(panel => new PanelView(
        panel.X.Label, panel.X.Scale == Scale.Log, panel.Y.Label, panel.Y.Scale == Scale.Log, panel.Height, [.. panel.Layers.Map(Layer)]))]);

    static LayerView Layer(Layer layer) => layer switch
    {
        Dots dots => Points("dots", dots, dots.Points, dashed: false),
        Line line => Points("line", line, line.Points, line.Dashed),
        Band band => Interval("band", band, band.Points),
        Whiskers whiskers => Interval("whiskers", whiskers, whiskers.Points),
        Note note => new LayerView("note", note.Text, note.Colour, [note.X], [note.Y], null, null, false),
        _ => throw new NotSupportedException(layer.ToString()),
    };

    static LayerView Points(string kind, Layer layer, Seq<(double X, double Y)> points, bool dashed) =>
        new(kind, layer.Name, layer.Colour, [.. points.Map(point => point.X)], [.. points.Map(point => Finite(point.Y))], null, null, dashed);

    static LayerView Interval(string kind, Layer layer, Seq<(double X, double Low, double High)> points) =>
        new(kind, layer.Name, layer.Colour, [.. points.Map(point => point.X)], null, [.. points.Map(point => Finite(point.Low))], [.. points.Map(point => Finite(point.High))], false);

    static double? Finite(double value) => double.IsFinite(value) ? value : null;
}
