using Flow.Dataflow.Preprocess;

namespace Flow.Dataflow.Sources;

/// <summary>
/// Hypersim's tone mapping: exposure such that the 90th percentile of brightness over pixels with geometry becomes 0.8, then
/// gamma 1/2.2; bytes are truncated, not rounded (scene_generate_images_tonemap.py).
/// </summary>
public static class ToneMap
{
    const double Gamma = 1 / 2.2;
    const double Darkest = 1e-4;

    /// <param name="colour">Linear radiance [height, width, 3].</param>
    /// <param name="valid">Pixels with geometry.</param>
    public static byte[] Apply(ReadOnlySpan<float> colour, ReadOnlySpan<bool> valid)
    {
        var scale = Scale(colour, valid);
        var bytes = new byte[colour.Length];
        for (var i = 0; i < bytes.Length; i++)
        {
            var value = Math.Pow(Math.Max(scale * colour[i], 0), Gamma);
            bytes[i] = value < 1 ? (byte)(value * 255) : value >= 1 ? byte.MaxValue : byte.MinValue;
        }
        return bytes;
    }

    static double Scale(ReadOnlySpan<float> colour, ReadOnlySpan<bool> valid)
    {
        var brightness = new List<float>(valid.Length);
        for (var i = 0; i < valid.Length; i++)
            if (valid[i] && 0.3f * colour[3 * i] + 0.59f * colour[3 * i + 1] + 0.11f * colour[3 * i + 2] is var value && float.IsFinite(value)) brightness.Add(value);
        if (brightness.Count == 0) return 1;
        brightness.Sort();
        var bright = DepthTarget.Quantile(brightness, 0.9);
        return bright < Darkest ? 0 : Math.Pow(0.8, 1 / Gamma) / bright;
    }
}
