using Flow.Domain.Data;

namespace Flow.Training.Loop;

/// <summary>Cuts batches into parts along the samples: forward passes that fit into memory, shares of data-parallel workers.</summary>
public static class BatchSlices
{
    /// <summary>Consecutive parts of at most this many samples.</summary>
    public static IEnumerable<LatentBatch> Of(LatentBatch batch, int samples)
    {
        if (samples >= batch.Count) return [batch];
        return Enumerable.Range(0, (batch.Count + samples - 1) / samples)
            .Select(part => Slice(batch, part * samples, Math.Min(samples, batch.Count - part * samples)));
    }

    /// <summary>Samples from .. from + count - 1.</summary>
    public static LatentBatch Slice(LatentBatch batch, int from, int count)
    {
        var (target, condition) = (batch.Shape.Elements, batch.ConditionChannels * batch.Shape.Height * batch.Shape.Width);
        var to = from + count;
        return batch with
        {
            SampleIds = batch.SampleIds[from..to],
            Epochs = batch.Epochs[from..to],
            Labels = batch.Labels[from..to],
            Target = batch.Target[(from * target)..(to * target)],
            Condition = batch.Condition[(from * condition)..(to * condition)],
        };
    }
}
