namespace Flow.Domain.Pictures;

/// <summary>Colour maps from [0, 1] to RGB bytes, for depth.</summary>
public static class ColourMap
{
    /// <summary>ColorBrewer's Spectral with 11 classes, red at 0 to violet at 1: Marigold's map, near is red.</summary>
    static readonly byte[] SpectralKnots =
    [
        158, 1, 66, 213, 62, 79, 244, 109, 67, 253, 174, 97, 254, 224, 139, 255, 255, 191,
        230, 245, 152, 171, 221, 164, 102, 194, 165, 50, 136, 189, 94, 79, 162,
    ];

    // Turbo's fifth-degree fit, constant term first (Mikhailov 2019, "Turbo, an improved rainbow colormap").
    static readonly double[] TurboRed = [0.13572138, 4.61539260, -42.66032258, 132.13108234, -152.94239396, 59.28637943];
    static readonly double[] TurboGreen = [0.09140261, 2.19418839, 4.84296658, -14.18503333, 4.27729857, 2.82956604];
    static readonly double[] TurboBlue = [0.10667330, 12.64194608, -60.58204836, 110.36276771, -89.90310912, 27.34824973];

    /// <summary>Spectral, linear between its knots; values are clamped, NaN is black.</summary>
    public static (byte R, byte G, byte B) Spectral(double value)
    {
        if (double.IsNaN(value)) return default;
        var position = Math.Clamp(value, 0, 1) * (SpectralKnots.Length / 3 - 1);
        var knot = Math.Min((int)position, SpectralKnots.Length / 3 - 2);
        byte Channel(int c)
        {
            var (a, b) = (SpectralKnots[3 * knot + c], SpectralKnots[3 * (knot + 1) + c]);
            return (byte)Math.Round(a + (position - knot) * (b - a));
        }
        return (Channel(0), Channel(1), Channel(2));
    }

    /// <summary>Turbo, blue at 0 to red at 1; values are clamped, NaN is black.</summary>
    public static (byte R, byte G, byte B) Turbo(double value) => double.IsNaN(value)
        ? default
        : (Polynomial(TurboRed, value), Polynomial(TurboGreen, value), Polynomial(TurboBlue, value));

    /// <summary>A map as interleaved RGB, [low, high] stretched over the colours; pixels that are not valid are black.</summary>
    /// <param name="colour"><see cref="Spectral"/> or <see cref="Turbo"/>.</param>
    public static byte[] Paint(
        ReadOnlySpan<float> map, ReadOnlySpan<bool> valid, double low, double high, Func<double, (byte R, byte G, byte B)> colour)
    {
        var rgb = new byte[3 * map.Length];
        var range = high > low ? high - low : 1;
        for (var i = 0; i < map.Length; i++)
            if (valid[i]) (rgb[3 * i], rgb[3 * i + 1], rgb[3 * i + 2]) = colour((map[i] - low) / range);
        return rgb;
    }

    static byte Polynomial(double[] coefficients, double value)
    {
        var (x, sum) = (Math.Clamp(value, 0, 1), 0.0);
        for (var i = coefficients.Length - 1; i >= 0; i--) sum = sum * x + coefficients[i];
        return (byte)Math.Round(255 * Math.Clamp(sum, 0, 1));
    }
}
