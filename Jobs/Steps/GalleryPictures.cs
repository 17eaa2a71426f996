using System.Runtime.InteropServices;
using Flow.Domain.Pictures;
using Flow.Domain.Runs;
using Flow.Training.Metrics;

namespace Flow.Jobs.Steps;

/// <summary>The pictures of one sample, interleaved RGB, in colours that its truth and all its predictions share.</summary>
/// <param name="truth">The column <c>truth</c> of the shard.</param>
sealed class GalleryPictures(PerceptionTask task, byte[] truth)
{
    static readonly (byte, byte, byte) Hit = (220, 220, 220), Missed = (50, 110, 220), Excess = (220, 60, 40), Neither = (0, 0, 0);

    readonly float[] numbers = task == PerceptionTask.Amodal
        ? Array.ConvertAll(truth, value => value > 127 ? 1f : 0f)
        : MemoryMarshal.Cast<byte, float>(truth).ToArray();

    /// <summary>The error in the last colour of the map: half of the depth, KITTI's three pixels of flow; masks are right or wrong.</summary>
    public static (double Full, string Unit) Scale(PerceptionTask task) => task switch
    {
        PerceptionTask.Depth => (0.5, "of the true depth"),
        PerceptionTask.Flow => (3, "px"),
        _ => (1, "share of the members"),
    };

    /// <summary>Metres, pixels of flow, or 0 and 1.</summary>
    public float[] Numbers => numbers;

    public byte[] Truth() => task switch
    {
        PerceptionTask.Depth => Metres(numbers, Valid),
        PerceptionTask.Flow => FlowWheel.Paint(numbers, Longest),
        _ => [.. truth.SelectMany(value => (byte[])[value, value, value])],
    };

    public byte[] Prediction(float[] map) => task switch
    {
        PerceptionTask.Depth => Metres(Array.ConvertAll(Fit(map).Apply(map), metre => (float)metre), Everywhere(map.Length)),
        PerceptionTask.Flow => FlowWheel.Paint(map, Longest),
        _ => TaskScore.Bytes(map),
    };

    /// <summary>|p - g| / g of aligned depth, the end-point error of flow; of masks where they agree (light), miss (blue) and exceed (red).</summary>
    public byte[] Error(float[] map)
    {
        if (task == PerceptionTask.Amodal) return MaskError(ObjectOnWhite.Mask(TaskScore.Bytes(map)));
        if (task == PerceptionTask.Flow) return Painted(i => Length(map[i] - numbers[i], map[i + Area] - numbers[i + Area]));
        var metres = Fit(map).Apply(map);
        return Painted(i => Math.Abs(metres[i] - numbers[i]) / numbers[i]);
    }

    /// <summary>The spread of the members in the units of the error.</summary>
    /// <param name="spread">In the units of <paramref name="map"/>, as many planes.</param>
    public byte[] Uncertainty(float[] map, float[] spread)
    {
        // the members' planes are gray values in [-1, 1]: half the range is as far as they can lie apart
        if (task == PerceptionTask.Amodal) return Painted(i => (spread[i] + spread[i + Area] + spread[i + 2 * Area]) / 3);
        if (task == PerceptionTask.Flow) return Painted(i => Length(spread[i], spread[i + Area]));
        var scale = Math.Abs(Fit(map).Scale);
        return Painted(i => scale * spread[i] / numbers[i]);
    }

    int Area => task == PerceptionTask.Flow ? numbers.Length / 2 : numbers.Length;

    bool[] Valid => Array.ConvertAll(numbers[..Area], float.IsFinite);

    double Longest => Enumerable.Range(0, Area).Select(i => Length(numbers[i], numbers[Area + i])).Where(length => double.IsFinite(length) && length > 0).DefaultIfEmpty(1).Max();

    static double Length(double u, double v) => Math.Sqrt(u * u + v * v);

    static bool[] Everywhere(int pixels) => [.. Enumerable.Repeat(true, pixels)];

    Affine Fit(float[] map) => Alignment.LeastSquares(map, numbers, Valid);

    byte[] Metres(float[] metres, bool[] shown)
    {
        var known = numbers.Where(float.IsFinite).DefaultIfEmpty(0).ToArray();
        return ColourMap.Paint(metres, shown, known.Min(), known.Max(), ColourMap.Spectral);
    }

    byte[] Painted(Func<int, double> value) => ColourMap.Paint(
        [.. Enumerable.Range(0, Area).Select(i => (float)value(i))], Valid, 0, Scale(task).Full, ColourMap.Turbo);

    byte[] MaskError(bool[] predicted)
    {
        var rgb = new byte[3 * numbers.Length];
        for (var i = 0; i < numbers.Length; i++)
            (rgb[3 * i], rgb[3 * i + 1], rgb[3 * i + 2]) = (predicted[i], numbers[i] > 0) switch
            {
                (true, true) => Hit,
                (false, true) => Missed,
                (true, false) => Excess,
                _ => Neither,
            };
        return rgb;
    }
}
