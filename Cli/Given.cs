using Flow.Domain;
using Flow.Domain.Laws;
using Flow.Domain.Plots;
using LanguageExt;

namespace Flow.Cli;

/// <summary>What the verbs about laws share at the terminal's edge.</summary>
public static class Given
{
    /// <summary>The value, or bad input with the reasons of the refusal.</summary>
    public static T Carried<T>(this Either<Refusal, T> answer, string what) => answer.IfLeft(refusal => throw new BadInputException($"{what}: {refusal}"));

    /// <summary>Writes figures to the file that --plot names, if it names one.</summary>
    public static void Draw(string? path, Func<Seq<Figure>> figures)
    {
        if (path is null) return;
        if (!path.EndsWith(".svg", StringComparison.OrdinalIgnoreCase)) throw new BadInputException($"--plot: {path} is not an .svg file, and figures are written as SVG only");
        File.WriteAllText(path, FigureSheet.ToSvg(figures()));
    }
}
