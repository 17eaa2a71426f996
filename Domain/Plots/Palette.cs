namespace Flow.Domain.Plots;

/// <summary>Colours that people with any of the common kinds of colour blindness tell apart.</summary>
public static class Palette
{
    /// <summary>The colour of the text: dark on a light page, light on a dark one.</summary>
    public const string Ink = "currentColor";

    /// <summary>For things without an order: Okabe and Ito (2008), without its yellow, which white paper swallows.</summary>
    static readonly string[] kinds = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", Ink];

    /// <summary>For things in order (budgets, steps): viridis without its dark and light ends, which dark and light pages swallow.</summary>
    static readonly (int R, int G, int B)[] order = [(72, 80, 160), (49, 104, 142), (38, 130, 142), (31, 158, 137), (74, 180, 100), (122, 190, 60), (176, 184, 40)];

    public static string Kind(int index) => kinds[index % kinds.Length];

    /// <summary>Colour <paramref name="index"/> of <paramref name="count"/> in order, interpolated.</summary>
    public static string Order(int index, int count)
    {
        var position = count <= 1 ? 0 : (double)index / (count - 1) * (order.Length - 1);
        var below = Math.Min((int)position, order.Length - 2);
        var (a, b, t) = (order[below], order[below + 1], position - below);
        int Mix(int from, int to) => (int)Math.Round(from + t * (to - from));
        return $"#{Mix(a.R, b.R):X2}{Mix(a.G, b.G):X2}{Mix(a.B, b.B):X2}";
    }

    public static Marker Shape(int index) => (Marker)(index % 5);
}
