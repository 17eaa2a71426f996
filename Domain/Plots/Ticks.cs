namespace Flow.Domain.Plots;

/// <summary>One mark on an axis; without a label it is a minor one.</summary>
internal readonly record struct Tick(double Value, string Label);

/// <summary>Where an axis is marked, so that a person can read values off it: between three and ten labels, never two that touch.</summary>
internal static class Ticks
{
    /// <param name="span">The axis.</param>
    /// <param name="room">How many labels fit side by side.</param>
    public static IReadOnlyList<Tick> Of(Span span, int room)
    {
        var decades = Math.Log10(span.High / span.Low);
        if (span.Scale == Scale.Linear || decades < 0.7) return Linear(span, room);
        return decades < 2.2 ? OneTwoFive(span, room) : Decades(span, room);
    }

    static List<Tick> Decades(Span span, int room)
    {
        var (first, last) = ((int)Math.Ceiling(Math.Log10(span.Low) - 1e-9), (int)Math.Floor(Math.Log10(span.High) + 1e-9));
        var every = Math.Max(1, (int)Math.Ceiling((last - first + 1) / (double)room));
        var ticks = new List<Tick>();
        for (var k = first - 1; k <= last; k++)
        {
            var decade = Math.Pow(10, k);
            if (k >= first) ticks.Add(new(decade, (k - first) % every == 0 ? Label(decade) : ""));
            if (every == 1) ticks.AddRange(Enumerable.Range(2, 8).Select(m => new Tick(m * decade, "")).Where(t => t.Value > span.Low && t.Value < span.High));
        }
        return ticks;
    }

    static List<Tick> OneTwoFive(Span span, int room)
    {
        var ticks = new List<Tick>();
        for (var k = (int)Math.Floor(Math.Log10(span.Low)); k <= Math.Log10(span.High); k++)
            foreach (var m in Enumerable.Range(1, 9))
                if (m * Math.Pow(10, k) is var value && value >= span.Low && value <= span.High)
                    ticks.Add(new(value, m is 1 or 2 or 5 ? Label(value) : ""));
        return ticks.Count(t => t.Label.Length > 0) <= room ? ticks : [.. ticks.Select(t => t.Label.StartsWith('5') ? t with { Label = "" } : t)];
    }

    /// <summary>Steps of 1, 2 or 5 times a power of ten; on a short log axis they only lie unevenly.</summary>
    static List<Tick> Linear(Span span, int room)
    {
        var raw = (span.High - span.Low) / Math.Clamp(room, 4, 7);
        var power = Math.Pow(10, Math.Floor(Math.Log10(raw)));
        var step = new[] { 1, 2, 5, 10 }.First(m => m * power >= raw * 0.999) * power;
        var ticks = new List<Tick>();
        for (var i = (long)Math.Ceiling(span.Low / step - 1e-9); i * step <= span.High * (1 + Math.Sign(span.High) * 1e-12); i++)
            ticks.Add(new(i * step, Label(Math.Round(i * step, 12), step)));
        return ticks;
    }

    /// <summary>0.01 to 9999 as they are, the rest as m x 10^k; the caret is raised by the writer.</summary>
    public static string Label(double value, double step = 0)
    {
        var size = Math.Abs(value);
        if (size < 1e-300) return "0";
        if (size is >= 0.00099 and < 99999) return step > 0 && step < 1 ? value.ToString($"F{(int)Math.Ceiling(-Math.Log10(step) - 1e-9)}") : $"{value:0.#####}";
        var exponent = (int)Math.Floor(Math.Log10(size) + 1e-9);
        var digits = step > 0 ? Math.Max(0, exponent - (int)Math.Floor(Math.Log10(step) + 1e-9)) : 1;
        var mantissa = Math.Round(value / Math.Pow(10, exponent), Math.Min(digits, 6));
        return mantissa == 1 ? $"10^{exponent}" : $"{mantissa}·10^{exponent}";
    }
}
