namespace Flow.Domain.Plots;

/// <summary>Points and legend samples as SVG.</summary>
internal static class SvgMark
{
    public static string Point(Marker marker, double x, double y, string colour) => marker switch
    {
        Marker.Circle => $"<circle cx=\"{x:F1}\" cy=\"{y:F1}\" r=\"4\" {Paint(colour)}/>",
        Marker.Square => $"<rect x=\"{x - 3.5:F1}\" y=\"{y - 3.5:F1}\" width=\"7\" height=\"7\" {Paint(colour)}/>",
        Marker.Triangle => $"<path d=\"M{x:F1} {y - 4.8:F1}l4.6 8.2h-9.2z\" {Paint(colour)}/>",
        Marker.Diamond => $"<path d=\"M{x:F1} {y - 5:F1}l5 5l-5 5l-5 -5z\" {Paint(colour)}/>",
        _ => $"<path d=\"M{x - 4:F1} {y - 4:F1}l8 8m0 -8l-8 8\" stroke=\"{colour}\" stroke-width=\"2\" fill=\"none\"/>",
    };

    /// <summary>What stands for a layer in the legend, centred on a row.</summary>
    public static string Sample(Layer layer, double x, double y) => layer switch
    {
        Dots dots => Point(dots.Marker, x + 10, y, dots.Colour),
        Line line => $"<path d=\"M{x:F1} {y:F1}h20\" {Stroke(line)}/>",
        Band band => $"<rect x=\"{x:F1}\" y=\"{y - 6:F1}\" width=\"20\" height=\"12\" fill=\"{band.Colour}\" fill-opacity=\"0.18\"/>",
        _ => $"<path d=\"M{x + 10:F1} {y - 6:F1}v12m-3 0h6m-6 -12h6\" stroke=\"{layer.Colour}\" stroke-width=\"1.3\" fill=\"none\"/>",
    };

    public static string Stroke(Line line) =>
        $"stroke=\"{line.Colour}\" stroke-width=\"2\" fill=\"none\"{(line.Dashed ? " stroke-dasharray=\"6 4\"" : "")}";

    // A white rim keeps points apart where they overlap.
    static string Paint(string colour) => $"fill=\"{colour}\" stroke=\"#fff\" stroke-width=\"0.8\"";
}
