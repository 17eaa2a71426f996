using Flow.Domain.Plots;
using Flow.Jobs.Report;
using LanguageExt;

namespace Flow.Cli;

/// <summary>What the verbs about laws share at the terminal's edge.</summary>
public static class Given
{
    /// <summary>Writes figures to the file that --plot names, if it names one.</summary>
    public static void Draw(string? path, Func<Seq<Figure>> figures)
    {
        if (path is not null) FigureFile.Write(path, FigureSheet.ToSvg(figures()));
    }
}
