using Flow.Dataflow.Codecs;
using Flow.Dataflow.Preprocess;
using Flow.Domain.Runs;

namespace Flow.Dataflow.Sources;

/// <summary>One sample of a data set before it is read.</summary>
/// <param name="Id">Its place in the data set's own order, from 0; a sample that can't be read keeps its number.</param>
/// <param name="Key">Path of its first file relative to the data set's root.</param>
/// <param name="Label">Class index, or 0 where there are no classes.</param>
/// <param name="Offset">Where its bytes begin inside an archive; 0 for a file of its own.</param>
/// <param name="Length">Bytes inside an archive; 0 for a file of its own.</param>
public readonly record struct SampleRef(long Id, string Key, long Label, long Offset = 0, long Length = 0);

/// <summary>What a data set knows of an image beside its label.</summary>
public abstract record GroundTruth
{
    GroundTruth() { }

    /// <summary>A photograph with a class label.</summary>
    public sealed record Class : GroundTruth
    {
        public static readonly Class Only = new();
    }

    /// <param name="Metres">Planar depth [height, width, 1]; NaN where there is none.</param>
    public sealed record Depth(FloatImage Metres) : GroundTruth
    {
        /// <exception cref="BadFileException">No pixel has a depth.</exception>
        public static Depth Of(FloatImage metres, string file) => Array.Exists(metres.Values, DepthTarget.IsValid)
            ? new Depth(metres)
            : throw new BadFileException(
                file, "has no valid depth: every pixel is NaN, 0 or beyond 65 m", "fetch the frame again or remove it");
    }

    /// <param name="Next">The second frame.</param>
    /// <param name="Pixels">Where each pixel of the first frame went, [height, width, 2]; NaN where unknown.</param>
    public sealed record Motion(RgbImage Next, FloatImage Pixels) : GroundTruth;

    /// <param name="VisibleMask">0 or 255, [height, width].</param>
    /// <param name="WholeMask">0 or 255, [height, width].</param>
    /// <param name="Whole">The object on white.</param>
    public sealed record Amodal(byte[] VisibleMask, byte[] WholeMask, RgbImage Whole) : GroundTruth;
}

/// <summary>One sample as it is on disk, decoded but neither cropped nor scaled.</summary>
public sealed record RawSample(SampleRef Ref, RgbImage Image, GroundTruth Truth);

/// <summary>A data set: its samples in a fixed order, and how to read one.</summary>
/// <param name="Name">For people and error messages.</param>
/// <param name="Split">train, val, test or all.</param>
/// <param name="Task">What the samples' truth serves; none for class-labelled photographs.</param>
/// <param name="List">The samples in order, found while they are asked for, so that a million of them take no memory.</param>
/// <param name="Load">Reads one sample; any thread. Throws <see cref="BadFileException"/> when its files can't be used.</param>
/// <param name="Total">Number of samples; of an archive about so many, told from sizes, as good as a progress bar needs.</param>
/// <param name="Warnings">What a person should know, e.g. how many samples of the split file have no files.</param>
public sealed record SampleSource(
    string Name,
    string Split,
    PerceptionTask? Task,
    Func<IEnumerable<SampleRef>> List,
    Func<SampleRef, RawSample> Load,
    long Total,
    IReadOnlyList<string> Warnings)
{
    /// <summary>At most so many samples, the first in order.</summary>
    public SampleSource Take(int limit) => this with { List = () => List().Take(limit), Total = Math.Min(Total, limit) };
}
