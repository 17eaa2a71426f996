using System.Globalization;
using System.Text;

namespace Flow.Jobs.Steps;

/// <summary>One number of a training step that is not in the result store yet.</summary>
public readonly record struct TailPoint(long OptimizerStep, string Metric, double Value);

/// <summary>
/// The end of a training's curve, between two checkpoints: a file in the work directory that whoever looks may read. It is for the eye
/// only: what counts is published with each checkpoint, and then the file begins anew.
/// </summary>
public sealed class CurveTail : IDisposable
{
    const string FileName = "curve-tail.csv";
    static readonly TimeSpan FlushEvery = TimeSpan.FromSeconds(1);

    readonly FileStream file;
    readonly StringBuilder waiting = new();
    readonly System.Diagnostics.Stopwatch sinceFlush = System.Diagnostics.Stopwatch.StartNew();

    /// <param name="directory">The step's work directory; what an earlier attempt left there is gone.</param>
    public CurveTail(string directory) => file = new FileStream(Path.Combine(directory, FileName), FileMode.Create, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, 1, FileOptions.DeleteOnClose);

    public void Add(long optimizerStep, IEnumerable<(string Metric, double Value)> values)
    {
        foreach (var (metric, value) in values) waiting.Append(CultureInfo.InvariantCulture, $"{optimizerStep},{metric},{value:R}\n");
        if (sinceFlush.Elapsed < FlushEvery) return;
        file.Write(Encoding.UTF8.GetBytes(waiting.ToString()));
        file.Flush();
        waiting.Clear();
        sinceFlush.Restart();
    }

    /// <summary>All of it has been published.</summary>
    public void Clear()
    {
        waiting.Clear();
        file.SetLength(0);
        file.Position = 0;
    }

    /// <summary>A finished step has none.</summary>
    public void Dispose() => file.Dispose();

    /// <summary>What the tail in a work directory holds; a line that is being written is left out.</summary>
    public static IReadOnlyList<TailPoint> Read(string directory)
    {
        try
        {
            using var stream = new FileStream(Path.Combine(directory, FileName), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var reader = new StreamReader(stream);
            var text = reader.ReadToEnd();
            return [.. text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Point).OfType<TailPoint>()];
        }
        catch (IOException)
        {
            return [];
        }
    }

    static TailPoint? Point(string line) =>
        line.Split(',') is [var step, var metric, var value]
        && long.TryParse(step, NumberStyles.None, CultureInfo.InvariantCulture, out var at)
        && double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            ? new TailPoint(at, metric, number)
            : null;
}
