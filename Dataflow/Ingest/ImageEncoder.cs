using Flow.Domain.Data;

namespace Flow.Dataflow.Ingest;

/// <summary>Images of one kind on their way to the encoder.</summary>
/// <param name="Blob">What they will be in the shard: <c>latents</c>, <c>target</c>, <c>prompt</c>, or one of these mirrored (<c>_flip</c>).</param>
/// <param name="Size">Width and height in pixels.</param>
/// <param name="Planes">[count, 3, size, size], photographs in [-1, 1]; the next batch is put into the same array.</param>
public sealed record PlaneBatch(string Blob, int Count, int Size, float[] Planes);

/// <summary>A codec as the ingest graph sees it: a function from images to latents, and what a shard says about it.</summary>
/// <param name="CodecHash">Identity of the codec.</param>
/// <param name="ScaleFactor">What its latents were multiplied by.</param>
/// <param name="Latents">Shape of one latent image.</param>
/// <param name="Encode">Latents [count, C, h, w] of a batch; called by one thread at a time.</param>
public sealed record ImageEncoder(
    string CodecHash,
    double ScaleFactor,
    LatentShape Latents,
    Func<PlaneBatch, CancellationToken, Task<float[]>> Encode);
