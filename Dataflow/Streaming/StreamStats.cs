namespace Flow.Dataflow.Streaming;

/// <summary>How a stream is doing.</summary>
/// <param name="Batches">Batches handed to the consumer.</param>
/// <param name="Samples">Samples in them.</param>
/// <param name="GroupsRead">Row groups read from shards.</param>
/// <param name="Ready">Batches that are ready now.</param>
/// <param name="Waited">Time that the consumer spent waiting for a batch.</param>
/// <param name="Elapsed">Time since the stream was started.</param>
public sealed record StreamStats(long Batches, long Samples, long GroupsRead, int Ready, TimeSpan Waited, TimeSpan Elapsed)
{
    /// <summary>Share of the time that the consumer waited: near 0 when training is the bottleneck, near 1 when reading is.</summary>
    public double WaitShare => Elapsed > TimeSpan.Zero ? Waited / Elapsed : 0;
}
