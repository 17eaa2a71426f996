using System.Net;
using System.Text;
using LanguageExt;

namespace Flow.Domain.Plots;

/// <summary>Writes a <see cref="Figure"/> as SVG: title on top, panels on the left, one legend on the right.</summary>
internal static class SvgFigure
{
    const int CharacterWidth = 7, LegendRow = 20, Left = 74, Top = 38, Bottom = 50, Gap = 14;

    /// <summary>Where the reader prefers dark pages, paper and ink change places; renderers without media queries draw on white.</summary>
    const string Dark = "<style>@media(prefers-color-scheme:dark){.flow-figure{color:#e6e9ef}.flow-page{fill:#14181f}}</style>";

    public static string Write(Figure figure)
    {
        var entries = Legend(figure);
        var legendWidth = entries.IsEmpty ? 16 : 48 + CharacterWidth * Math.Min(34, entries.Map(e => e.Name.Length).Max());
        var svg = new StringBuilder();
        Open(svg, figure.Width, figure.Height, figure.Title, Left);
        var heights = figure.Panels.Map(p => p.Height).Sum();
        var room = figure.Height - Top - Bottom - Gap * (figure.Panels.Count - 1);
        var top = (double)Top;
        foreach (var (panel, index) in figure.Panels.Map((i, p) => (p, i)))
        {
            var height = room * panel.Height / heights;
            var isLast = index == figure.Panels.Count - 1;
            new SvgPanel(svg, new(Left, top, figure.Width - Left - legendWidth, height)).Write(SharedX(figure, panel), isLast);
            top += height + Gap;
        }
        WriteLegend(svg, entries, figure.Width - legendWidth + 14);
        return svg.Append("</svg>").ToString();
    }

    /// <summary>The beginning of every figure: its size, paper and ink, and the title.</summary>
    internal static void Open(StringBuilder svg, int width, int height, string title, int left) =>
        svg.Append($"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" role=\"img\" ")
            .Append($"style=\"max-width:{width}px;width:100%;height:auto\" ")
            .Append("class=\"flow-figure\" color=\"#222\" font-family=\"Helvetica,Arial,sans-serif\" font-size=\"12\" fill=\"currentColor\">")
            .Append($"<title>{Escape(title)}</title>{Dark}<rect class=\"flow-page\" width=\"100%\" height=\"100%\" fill=\"#fff\"/>")
            .Append($"<text x=\"{left}\" y=\"22\" font-size=\"15\" font-weight=\"bold\">{Escape(title)}</text>");

    /// <summary>Panels under each other show the same x, so their ends come from all of them.</summary>
    static (Panel Panel, Span X, Span Y) SharedX(Figure figure, Panel panel) => (
        panel,
        Span.Of(panel.X, figure.Panels.Bind(p => p.Layers).Bind(LayerExtent.Xs)),
        Span.Of(panel.Y, panel.Layers.Bind(LayerExtent.Ys)));

    static Seq<Layer> Legend(Figure figure) => figure.Panels.Bind(p => p.Layers).Filter(l => l.Name.Length > 0)
        .GroupBy(l => l.Name).Select(g => g.First()).ToSeq();

    static void WriteLegend(StringBuilder svg, Seq<Layer> entries, int x)
    {
        foreach (var (layer, index) in entries.Map((i, e) => (e, i)))
        {
            var y = Top + 10 + LegendRow * index;
            svg.Append(SvgMark.Sample(layer, x, y));
            svg.Append($"<text x=\"{x + 26}\" y=\"{y + 4}\">{Raised(layer.Name.Length > 34 ? layer.Name[..33] + "…" : layer.Name)}</text>");
        }
    }

    internal static string Escape(string text) => WebUtility.HtmlEncode(text);

    /// <summary>Escaped, with the 17 of "10^17 FLOPs" raised. The space after it is an offset, because librsvg drops the character.</summary>
    internal static string Raised(string text)
    {
        var caret = text.IndexOf('^', StringComparison.Ordinal);
        if (caret < 0) return Escape(text);
        var end = text.IndexOf(' ', caret) is var space && space < 0 ? text.Length : space;
        var rest = end < text.Length ? $"<tspan dx=\"0.3em\" dy=\"5\">{Escape(text[end..].TrimStart())}</tspan>" : "";
        return $"{Escape(text[..caret])}<tspan dy=\"-5\" font-size=\"9\">{Escape(text[(caret + 1)..end])}</tspan>{rest}";
    }
}
