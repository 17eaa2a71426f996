namespace Flow.Domain.Data;

/// <summary>Channels, height and width of one latent image, in latent pixels.</summary>
public readonly record struct LatentShape(int Channels, int Height, int Width)
{
    public int Elements => Channels * Height * Width;
}

/// <summary>
/// One global batch on its way to the trainer: plain memory, because Dataflow never sees a tensor and Training never sees a file.
/// Arrays are row-major [sample, channel, row, column] in fp32, already scaled to the network's units and already flipped.
/// </summary>
/// <param name="Position">Index of this batch in the whole run, from 0; equals the optimizer step that consumes it.</param>
/// <param name="SampleIds">One id per sample, unique in its dataset; keys of the noise and timestep draws.</param>
/// <param name="Epochs">The epoch each sample belongs to (a batch may straddle two).</param>
/// <param name="Labels">Class labels, or the task's label when fine-tuning.</param>
/// <param name="Target">The latents to be noised and predicted: [N, Shape].</param>
/// <param name="Condition">Clean condition latents [N, ConditionChannels, H, W]; empty for class-conditional training.</param>
public sealed record LatentBatch(
    long Position,
    long[] SampleIds,
    int[] Epochs,
    long[] Labels,
    LatentShape Shape,
    float[] Target,
    int ConditionChannels,
    float[] Condition)
{
    public int Count => SampleIds.Length;
}
