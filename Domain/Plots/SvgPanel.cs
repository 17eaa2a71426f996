using System.Text;
using LanguageExt;

namespace Flow.Domain.Plots;

/// <summary>A rectangle in pixels, y downwards.</summary>
internal readonly record struct Box(double X, double Y, double Width, double Height)
{
    public double Right => X + Width;

    public double Bottom => Y + Height;
}

/// <summary>Writes one panel: grid, axes, layers clipped to the box.</summary>
internal sealed class SvgPanel(StringBuilder svg, Box box)
{
    public void Write((Panel Panel, Span X, Span Y) what, bool labelX)
    {
        var (panel, x, y) = what;
        WriteX(panel.X, x, labelX);
        WriteY(panel.Y, y);
        // A nested svg clips what leaves it; a clipPath would need an id that no other figure on the page has.
        var frame = $"x=\"{box.X}\" y=\"{box.Y:F1}\" width=\"{box.Width:F1}\" height=\"{box.Height:F1}\"";
        svg.Append($"<svg {frame} viewBox=\"{box.X} {box.Y:F1} {box.Width:F1} {box.Height:F1}\">");
        foreach (var layer in panel.Layers) WriteLayer(layer, x, y);
        svg.Append($"</svg><rect {frame} fill=\"none\" stroke=\"currentColor\" stroke-opacity=\"0.7\"/>");
    }

    void WriteX(Axis axis, Span span, bool labelled)
    {
        foreach (var tick in Ticks.Of(span, (int)(box.Width / 62)))
        {
            var at = box.X + box.Width * span.At(tick.Value);
            Grid(tick, $"M{at:F1} {box.Y:F1}V{box.Bottom:F1}");
            if (labelled && tick.Label.Length > 0) svg.Append($"<text x=\"{at:F1}\" y=\"{box.Bottom + 17:F1}\" text-anchor=\"middle\">{SvgFigure.Raised(tick.Label)}</text>");
        }
        if (labelled) svg.Append($"<text x=\"{box.X + box.Width / 2:F1}\" y=\"{box.Bottom + 38:F1}\" text-anchor=\"middle\">{SvgFigure.Escape(axis.Label)}</text>");
    }

    void WriteY(Axis axis, Span span)
    {
        foreach (var tick in Ticks.Of(span, Math.Max(2, (int)(box.Height / 34))))
        {
            var at = box.Bottom - box.Height * span.At(tick.Value);
            Grid(tick, $"M{box.X:F1} {at:F1}H{box.Right:F1}");
            if (tick.Label.Length > 0) svg.Append($"<text x=\"{box.X - 7:F1}\" y=\"{at + 4:F1}\" text-anchor=\"end\">{SvgFigure.Raised(tick.Label)}</text>");
        }
        var middle = box.Y + box.Height / 2;
        svg.Append($"<text x=\"16\" y=\"{middle:F1}\" text-anchor=\"middle\" transform=\"rotate(-90 16 {middle:F1})\">{SvgFigure.Escape(axis.Label)}</text>");
    }

    void Grid(Tick tick, string path) =>
        svg.Append($"<path d=\"{path}\" stroke=\"currentColor\" stroke-opacity=\"{(tick.Label.Length > 0 ? "0.16" : "0.06")}\"/>");

    void WriteLayer(Layer layer, Span x, Span y)
    {
        (double X, double Y) Place(double atX, double atY) => (box.X + box.Width * x.At(atX), box.Bottom - box.Height * y.At(Inside(atY, y)));
        bool Shown((double X, double Y) p) => x.Shows(p.X) && y.Shows(p.Y);
        switch (layer)
        {
            case Dots dots:
                foreach (var (px, py) in dots.Points.Filter(Shown).Map(p => Place(p.X, p.Y))) svg.Append(SvgMark.Point(dots.Marker, px, py, dots.Colour));
                break;
            case Line line:
                svg.Append($"<path d=\"{Path([.. line.Points.Filter(Shown).Select(p => Place(p.X, p.Y))])}\" {SvgMark.Stroke(line)}/>");
                break;
            case Band band:
                var there = band.Points.Select(p => Place(p.X, p.Low));
                var back = band.Points.ToArray().Reverse().Select(p => Place(p.X, p.High));
                svg.Append($"<path d=\"{Path([.. there, .. back])}Z\" fill=\"{band.Colour}\" fill-opacity=\"0.18\"/>");
                break;
            case Whiskers whiskers:
                foreach (var p in whiskers.Points) WriteWhisker(Place(p.X, p.Low), Place(p.X, p.High), whiskers.Colour);
                break;
            case Note note:
                var (nx, ny) = Place(note.X, note.Y);
                svg.Append($"<text x=\"{nx + 7:F1}\" y=\"{ny - 6:F1}\" fill=\"{note.Colour}\" font-size=\"11\">{SvgFigure.Escape(note.Text)}</text>");
                break;
        }
    }

    void WriteWhisker((double X, double Y) low, (double X, double Y) high, string colour) =>
        svg.Append($"<path d=\"M{low.X:F1} {low.Y:F1}V{high.Y:F1}M{low.X - 3:F1} {low.Y:F1}h6M{high.X - 3:F1} {high.Y:F1}h6\" stroke=\"{colour}\" stroke-width=\"1.3\" fill=\"none\"/>");

    static string Path(IReadOnlyCollection<(double X, double Y)> points) =>
        points.Count == 0 ? "" : "M" + string.Join('L', points.Select(p => $"{p.X:F1} {p.Y:F1}"));

    /// <summary>An end of a band at infinity or at 0 on a log axis is drawn a little outside the box, where the clip hides it.</summary>
    static double Inside(double value, Span y)
    {
        var far = y.Scale == Scale.Log ? y.High / y.Low : y.High - y.Low;
        var (low, high) = y.Scale == Scale.Log ? (y.Low / far, y.High * far) : (y.Low - far, y.High + far);
        return double.IsNaN(value) ? low : Math.Clamp(value, low, high);
    }
}
