using System.Globalization;

namespace Flow.Cli;

/// <summary>Numbers as a person reads them, always with their unit.</summary>
public static class Quantity
{
    static readonly (double Scale, string Prefix)[] Prefixes =
        [(1e24, "Y"), (1e21, "Z"), (1e18, "E"), (1e15, "P"), (1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"), (1, "")];

    /// <summary>Three or four digits with a metric prefix: "118.6 GMACs".</summary>
    public static string Of(double value, string unit)
    {
        var (scale, prefix) = Prefixes.FirstOrDefault(p => Math.Abs(value) >= p.Scale, (1, ""));
        return string.Create(CultureInfo.InvariantCulture, $"{value / scale:0.###} {prefix}{unit}").TrimEnd();
    }

    /// <summary>A count in full, grouped: "675,129,632".</summary>
    public static string Count(double value) => value.ToString("N0", CultureInfo.InvariantCulture);

    public static string Fixed(double value, int digits) => value.ToString("F" + digits, CultureInfo.InvariantCulture);
}
