using System.Numerics;

namespace Flow.Dataflow.Synth;

/// <summary>How a surface is painted; the shares are those of facts/tiny.md section 1.</summary>
public enum Pattern
{
    Plain,
    Checker,
    Stripes,
    Sines,
}

/// <summary>Two colours (display values in [0, 1]) laid over a surface by a pattern whose cells measure <paramref name="Cell"/> metres.</summary>
/// <param name="Turn">Direction of the stripes in radians.</param>
public readonly record struct Texture(Pattern Pattern, Vector3 First, Vector3 Second, float Cell, float Turn)
{
    /// <summary>The colour at surface coordinates in metres.</summary>
    public Vector3 At(Vector2 uv)
    {
        var cell = uv / Cell;
        return Pattern switch
        {
            Pattern.Checker => ((int)MathF.Floor(cell.X) + (int)MathF.Floor(cell.Y) & 1) == 0 ? First : Second,
            Pattern.Stripes => ((int)MathF.Floor(Along(cell)) & 1) == 0 ? First : Second,
            Pattern.Sines => Vector3.Lerp(First, Second, 0.5f + 0.25f * (MathF.Sin(MathF.PI * cell.X) + MathF.Sin(MathF.PI * Along(cell)))),
            _ => First,
        };
    }

    float Along(Vector2 cell) => cell.X * MathF.Cos(Turn) + cell.Y * MathF.Sin(Turn);

    internal static Texture Draw(Draws draws)
    {
        var pattern = draws.Uniform() switch
        {
            < 0.40f => Pattern.Plain,
            < 0.65f => Pattern.Checker,
            < 0.85f => Pattern.Stripes,
            _ => Pattern.Sines,
        };
        return new Texture(pattern, Colour(draws), Colour(draws), draws.Between(0.3f, 1), draws.Between(0, MathF.PI));
    }

    static Vector3 Colour(Draws draws) => new(draws.Between(0.1f, 1), draws.Between(0.1f, 1), draws.Between(0.1f, 1));
}
