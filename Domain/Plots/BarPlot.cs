using System.Text;
using Flow.Domain.Laws;
using LanguageExt;

namespace Flow.Domain.Plots;

/// <summary>Named values side by side as horizontal bars with their intervals; zero is always on the axis.</summary>
public static class BarPlot
{
    const int Row = 26, Top = 44, Right = 24, Width = 760;

    /// <param name="bars">Names and values; an interval at infinity is left out.</param>
    /// <param name="title">What is compared.</param>
    /// <param name="unit">Label of the axis with its unit.</param>
    public static string Svg(Seq<(string Name, Estimate Value)> bars, string title, string unit)
    {
        var left = 24 + 7 * Math.Min(40, bars.Map(b => b.Name.Length).Max());
        var height = Top + Row * bars.Count + 46;
        var ends = bars.Bind(b => Prelude.Seq(b.Value.Value, b.Value.Low, b.Value.High)).Filter(double.IsFinite).ToArray();
        var span = new Span(Scale.Linear, Math.Min(0, ends.Min()), Math.Max(0, ends.Max() * 1.05));
        double At(double value) => left + (Width - left - Right) * span.At(value);
        var svg = new StringBuilder();
        SvgFigure.Open(svg, Width, height, title, 24);
        foreach (var tick in Ticks.Of(span, 8))
            svg.Append($"<path d=\"M{At(tick.Value):F1} {Top - 8}V{height - 40}\" stroke=\"currentColor\" stroke-opacity=\"0.16\"/><text x=\"{At(tick.Value):F1}\" y=\"{height - 24}\" text-anchor=\"middle\">{SvgFigure.Raised(tick.Label)}</text>");
        foreach (var (bar, i) in bars.Map((i, b) => (b, i))) WriteBar(svg, bar.Name, bar.Value, Top + Row * i, At, left);
        return svg.Append($"<text x=\"{(left + Width - Right) / 2}\" y=\"{height - 6}\" text-anchor=\"middle\">{SvgFigure.Escape(unit)}</text></svg>").ToString();
    }

    static void WriteBar(StringBuilder svg, string name, Estimate value, int y, Func<double, double> at, int left)
    {
        var (from, to) = (Math.Min(at(0), at(value.Value)), Math.Max(at(0), at(value.Value)));
        svg.Append($"<text x=\"{left - 8}\" y=\"{y + 13}\" text-anchor=\"end\">{SvgFigure.Escape(name.Length > 40 ? name[..39] + "…" : name)}</text>")
            .Append($"<rect x=\"{from:F1}\" y=\"{y}\" width=\"{to - from:F1}\" height=\"18\" fill=\"{Palette.Kind(0)}\"/>");
        if (double.IsFinite(value.Low) && double.IsFinite(value.High))
            svg.Append($"<path d=\"M{at(value.Low):F1} {y + 9}H{at(value.High):F1}m0 -5v10M{at(value.Low):F1} {y + 4}v10\" stroke=\"{Palette.Ink}\" stroke-width=\"1.4\" fill=\"none\"/>");
    }
}
