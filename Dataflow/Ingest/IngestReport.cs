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
/// <param name="Total">Samples in all; about so many while an archive is read (the last message has the true number).</param>
/// <param name="Skipped">Broken samples of this run.</param>
/// <param name="SamplesPerSecond">Since this run began.</param>
/// <param name="Bytes">Bytes of latents and truth written by this run.</param>
/// <param name="Graph">The blocks since this run began.</param>
public readonly record struct IngestProgress(long Done, long Total, long Skipped, double SamplesPerSecond, long Bytes, PipelineState Graph)
{
    /// <summary>0 to 1.</summary>
    public double Fraction => Total > 0 ? Math.Min(1, (Done + Skipped) / (double)Total) : 0;

    /// <summary>Time left at the present rate; none before there is one.</summary>
    public TimeSpan? Remaining => SamplesPerSecond > 0 ? TimeSpan.FromSeconds(Math.Max(0, Total - Done - Skipped) / SamplesPerSecond) : null;
}

/// <summary>What came of an ingest.</summary>
/// <param name="Skipped">Broken samples of this run.</param>
/// <param name="Problems">Messages of the first hundred of them, each naming its file.</param>
/// <param name="Seconds">Wall time of this run.</param>
public sealed record IngestReport(DatasetIndex Index, long Skipped, IReadOnlyList<string> Problems, double Seconds);
