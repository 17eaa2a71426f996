using Flow.Dataflow.Ingest;
using Flow.Domain.Data;

namespace Flow.Dataflow.Tests.Ingest;

/// <summary>The simplest encoder that keeps an image recognisable: the mean of each 8 x 8 patch and colour.</summary>
static class Pooling
{
    const int Patch = 8;

    public static ImageEncoder For(int size) =>
        new("pooling", 1, new LatentShape(3, size / Patch, size / Patch), (batch, _) => Task.FromResult(Encode(batch)));

    static float[] Encode(PlaneBatch batch)
    {
        var side = batch.Size / Patch;
        var latents = new float[batch.Count * 3 * side * side];
        for (var plane = 0; plane < batch.Count * 3; plane++)
            for (var y = 0; y < batch.Size; y++)
                for (var x = 0; x < batch.Size; x++)
                    latents[(plane * side + y / Patch) * side + x / Patch] += batch.Planes[(plane * batch.Size + y) * batch.Size + x] / (Patch * Patch);
        return latents;
    }
}
