using System.Globalization;
using System.Net;
using System.Text;
using Flow.Domain.Planning;

namespace Flow.Domain.Drawing;

/// <summary>A plan as an SVG picture: steps in columns by their distance from the data, an edge to each step that reads them.</summary>
public static class PlanSvg
{
    const int Width = 230, Height = 34, GapX = 60, GapY = 12, Margin = 20;

    public static string Of(Plan plan)
    {
        var places = PlanLayout.Of(plan);
        var columns = places.Values.Max(place => place.Column) + 1;
        var rows = places.Values.Max(place => place.Row) + 1;
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"""<svg xmlns="http://www.w3.org/2000/svg" width="{2 * Margin + columns * (Width + GapX) - GapX}" """);
        svg.Append(CultureInfo.InvariantCulture, $"""height="{2 * Margin + rows * (Height + GapY) - GapY}" font-family="sans-serif" font-size="11">""").Append('\n');
        foreach (var step in plan.Steps)
            foreach (var input in step.Inputs)
                Edge(svg, places[input], places[step.Name]);
        foreach (var step in plan.Steps) Box(svg, step, places[step.Name]);
        return svg.Append("</svg>\n").ToString();
    }

    static int X(PlanPlace place) => Margin + place.Column * (Width + GapX);

    static int Y(PlanPlace place) => Margin + place.Row * (Height + GapY);

    static void Edge(StringBuilder svg, PlanPlace from, PlanPlace to)
    {
        var (x1, y1, x2, y2) = (X(from) + Width, Y(from) + Height / 2, X(to), Y(to) + Height / 2);
        var middle = (x1 + x2) / 2;
        svg.Append(CultureInfo.InvariantCulture, $"""<path d="M{x1} {y1}C{middle} {y1} {middle} {y2} {x2} {y2}" fill="none" stroke="#9aa5b1"/>""").Append('\n');
    }

    static void Box(StringBuilder svg, Step step, PlanPlace place)
    {
        svg.Append(CultureInfo.InvariantCulture, $"""<g transform="translate({X(place)} {Y(place)})"><title>{WebUtility.HtmlEncode($"{step.Label} {step.Name}")}</title>""");
        svg.Append(CultureInfo.InvariantCulture, $"""<rect width="{Width}" height="{Height}" rx="5" fill="{Colour(step.Kind)}" stroke="#52606d"/>""");
        svg.Append(CultureInfo.InvariantCulture, $"""<text x="8" y="14">{WebUtility.HtmlEncode(Cut(step.Label))}</text>""");
        svg.Append(CultureInfo.InvariantCulture, $"""<text x="8" y="27" fill="#52606d" font-family="monospace" font-size="10">{step.Name.Short}</text></g>""").Append('\n');
    }

    static string Cut(string label) => label.Length <= 40 ? label : $"{label[..39]}…";

    static string Colour(StepKind kind) => kind switch
    {
        StepKind.Synth or StepKind.FitCodec or StepKind.Ingest => "#e3f8ff",
        StepKind.Pretrain or StepKind.Import or StepKind.Upcycle or StepKind.FineTune => "#fffbea",
        StepKind.HeldOutLoss or StepKind.Evaluate or StepKind.Baseline => "#e3f9e5",
        _ => "#f5e1f7",
    };
}
