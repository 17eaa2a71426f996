using LanguageExt;

namespace Flow.Domain.Plots;

/// <summary>One pair of axes with what is drawn on it.</summary>
/// <param name="Height">Share of the figure's height against the other panels.</param>
public sealed record Panel(Axis X, Axis Y, Seq<Layer> Layers, double Height = 1);

/// <summary>
/// A picture as a value: panels under each other, one legend. The same value becomes the figure of the HTML report, of the dashboard
/// and of <c>flow fit --plot</c>.
/// </summary>
/// <param name="Width">Pixels at full size; the SVG scales with its container.</param>
public sealed record Figure(string Title, Seq<Panel> Panels, int Width = 760, int Height = 500)
{
    /// <summary>The figure as a self-contained SVG element, light background included.</summary>
    public string ToSvg() => SvgFigure.Write(this);
}
