namespace Flow.Domain.Plots;

public enum Scale
{
    Log,
    Linear,
}

/// <summary>One axis of a panel.</summary>
/// <param name="Label">What is shown, with its unit: "training compute (FLOPs)".</param>
/// <param name="Scale">Log by default: laws are straight lines there.</param>
/// <param name="Low">Fixes the lower end; by default the data decide.</param>
/// <param name="High">Fixes the upper end.</param>
public sealed record Axis(string Label, Scale Scale = Scale.Log, double? Low = null, double? High = null);

/// <summary>An axis with its ends decided: from values to the unit interval.</summary>
internal sealed record Span(Scale Scale, double Low, double High)
{
    public double At(double value) => (Warp(value) - Warp(Low)) / (Warp(High) - Warp(Low));

    public bool Shows(double value) => double.IsFinite(value) && (Scale == Scale.Linear || value > 0);

    double Warp(double value) => Scale == Scale.Log ? Math.Log10(value) : value;

    /// <summary>The ends that hold all values with 5 % of air; a single value gets an axis around it.</summary>
    public static Span Of(Axis axis, IEnumerable<double> values)
    {
        var shown = values.Where(v => double.IsFinite(v) && (axis.Scale == Scale.Linear || v > 0)).DefaultIfEmpty(1).ToArray();
        var (low, high) = (axis.Low ?? shown.Min(), axis.High ?? shown.Max());
        var raw = axis.Scale == Scale.Log ? new Span(axis.Scale, Math.Log10(low), Math.Log10(high)) : new Span(axis.Scale, low, high);
        var width = raw.High - raw.Low;
        var air = width > 0 ? 0.05 * width : axis.Scale == Scale.Log ? 0.1 : Math.Max(0.1 * Math.Abs(low), 1e-6);
        var (from, to) = (axis.Low is null ? raw.Low - air : raw.Low, axis.High is null || width <= 0 ? raw.High + air : raw.High);
        return axis.Scale == Scale.Log ? new(axis.Scale, Math.Pow(10, from), Math.Pow(10, to)) : new(axis.Scale, from, to);
    }
}
