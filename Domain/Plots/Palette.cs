namespace Flow.Domain.Plots;

/// <summary>Colours that people with any of the common kinds of colour blindness tell apart.</summary>
public static class Palette
{
    /// <summary>For things without an order: Okabe and Ito (2008), without its yellow, which white paper swallows.</summary>
    static readonly string[] kinds = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000"];

    /// <summary>For things in order (budgets, steps): seven samples of viridis, from its dark end to where it is still dark enough on white.</summary>
    static readonly (int R, int G, int B)[] order = [(68, 1, 84), (70, 50, 127), (54, 92, 141), (39, 127, 142), (31, 161, 135), (74, 193, 109), (160, 218, 57)];

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
