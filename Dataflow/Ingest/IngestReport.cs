using Flow.Domain.Pipelines;
using Flow.Storage.Shards;

namespace Flow.Dataflow.Ingest;

/// <summary>How an ingest runs.</summary>
/// <param name="Batch">Images that the encoder gets at once.</param>
/// <param name="Workers">Images decoded at once.</param>
/// <param name="Strict">End at the first broken file instead of counting it and going on.</param>
/// <param name="Shards">Sizes of shards and row groups; none for the usual ones.</param>
public sealed record IngestOptions(int Batch, int Workers, bool Strict = false, ShardSizes? Shards = null)
{
    /// <summary>As many images at once as keep a batch of planes near 50 MB, and one worker a core.</summary>
    public static IngestOptions For(int size) => new(Math.Clamp((1 << 22) / (size * size), 1, 256), Environment.ProcessorCount);
}

/// <summary>Where a running ingest stands; sent about five times a second and once at the end.</summary>
/// <param name="Done">Samples in the data set, those of an interrupted earlier run included.</param>
/// <param name="Total">Samples in all, or -1 when only the end of the listing will tell.</param>
/// <param name="Skipped">Broken samples of this run.</param>
/// <param name="SamplesPerSecond">Since this run began.</param>
/// <param name="Bytes">Bytes of latents and truth written by this run.</param>
/// <param name="Graph">The blocks since this run began.</param>
public readonly record struct IngestProgress(long Done, long Total, long Skipped, double SamplesPerSecond, long Bytes, PipelineState Graph)
{
    /// <summary>Time left at the present rate; none when the total or the rate is unknown.</summary>
    public TimeSpan? Remaining => Total >= 0 && SamplesPerSecond > 0
        ? TimeSpan.FromSeconds((Total - Done - Skipped) / SamplesPerSecond)
        : null;
}

/// <summary>What came of an ingest.</summary>
/// <param name="Skipped">Broken samples of this run.</param>
/// <param name="Problems">Messages of the first hundred of them, each naming its file.</param>
/// <param name="Seconds">Wall time of this run.</param>
public sealed record IngestReport(DatasetIndex Index, long Skipped, IReadOnlyList<string> Problems, double Seconds);
