using System.Globalization;
using System.Text;
using LanguageExt;

namespace Flow.Domain.Plots;

/// <summary>Several figures in one SVG, under each other at their full size.</summary>
public static class FigureSheet
{
    public static string ToSvg(Seq<Figure> figures)
    {
        if (figures.Count == 1) return figures[0].ToSvg();
        var (width, height) = (figures.Map(f => f.Width).Max(), figures.Map(f => f.Height).Sum());
        var svg = new StringBuilder(string.Create(CultureInfo.InvariantCulture,
            $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" role=\"img\" style=\"max-width:{width}px;width:100%;height:auto\">"));
        var top = 0;
        foreach (var figure in figures)
        {
            svg.Append(string.Create(CultureInfo.InvariantCulture, $"<svg x=\"0\" y=\"{top}\" width=\"{figure.Width}\" height=\"{figure.Height}\">")).Append(figure.ToSvg()).Append("</svg>");
            top += figure.Height;
        }
        return svg.Append("</svg>").ToString();
    }
}
