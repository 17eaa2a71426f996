using Flow.Dataflow.Codecs;
using Flow.Domain.Pictures;
using Flow.Domain.Runs;
using Flow.Jobs;

namespace Flow.Cli;

/// <summary>A prediction as the files that other tools of its task read.</summary>
public static class PredictionFiles
{
    static readonly (byte, byte, byte) Tint = (255, 64, 32);

    /// <summary>Writes them beside each other as STEM_*; answers with their paths.</summary>
    /// <param name="colour">Of depth, from near (0) to far (1).</param>
    public static IReadOnlyList<string> Save(string folder, string stem, OwnPrediction prediction, Func<double, (byte R, byte G, byte B)> colour)
    {
        Directory.CreateDirectory(folder);
        return
        [
            .. Files(prediction, colour).Prepend(("input.png", Png.Encode(prediction.Image))).Select(file =>
            {
                var path = Path.Combine(folder, $"{stem}_{file.Item1}");
                File.WriteAllBytes(path, file.Item2);
                return path;
            }),
        ];
    }

    static IEnumerable<(string, byte[])> Files(OwnPrediction prediction, Func<double, (byte R, byte G, byte B)> colour)
    {
        var (height, width, map) = (prediction.Image.Height, prediction.Image.Width, prediction.Map);
        byte[] Picture(byte[] rgb) => Png.Encode(new RgbImage(height, width, rgb));
        switch (prediction.Task)
        {
            case PerceptionTask.Depth:
                var (low, high) = (map.Min(), map.Max());
                yield return ("depth.png", Picture(ColourMap.Paint(map, Array.ConvertAll(map, float.IsFinite), low, high, colour)));
                yield return ("depth16.png", Png.EncodeGray16(width, height, Array.ConvertAll(map, value => (ushort)Math.Round((value - low) / Math.Max(high - low, 1e-12f) * ushort.MaxValue))));
                yield return ("depth.npy", Npy.Encode(map, height, width));
                if (prediction.Uncertainty is not { } spread) break;
                yield return ("uncertainty.png", Picture(ColourMap.Paint(spread, Array.ConvertAll(spread, float.IsFinite), 0, high - low, ColourMap.Turbo)));
                yield return ("uncertainty.npy", Npy.Encode(spread, height, width));
                break;
            case PerceptionTask.Flow:
                var interleaved = new float[map.Length];
                for (var i = 0; i < height * width; i++) (interleaved[2 * i], interleaved[2 * i + 1]) = (map[i], map[height * width + i]);
                yield return ("flow.png", Picture(FlowWheel.Paint(map)));
                yield return ("flow.flo", Flo.Encode(new FloatImage(height, width, 2, interleaved)));
                yield return ("flow.npy", Npy.Encode(map, 2, height, width));
                if (prediction.Uncertainty is { } vectors) yield return ("uncertainty.npy", Npy.Encode(vectors, 2, height, width));
                break;
            default:
                var mask = prediction.Mask;
                yield return ("whole.png", Picture(Flow.Training.Metrics.TaskScore.Bytes(map)));
                yield return ("mask.png", Png.EncodeGray(width, height, Array.ConvertAll(mask, inside => inside ? byte.MaxValue : (byte)0)));
                yield return ("overlay.png", Picture(MaskOverlay.Paint(prediction.Image.Pixels, mask, Tint)));
                break;
        }
    }
}
