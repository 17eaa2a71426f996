namespace Flow.Storage.Shards;

/// <summary>What is the same for every row of a dataset; kept in the metadata of every shard and in the index.</summary>
/// <param name="Dataset">Name for people, e.g. <c>imagenet-256</c>.</param>
/// <param name="CodecHash">Identity of the codec that made the latents; a decoder checks it.</param>
/// <param name="ScaleFactor">What the codec's latents were multiplied by to bring them near unit variance (0.18215 for Stable Diffusion's).</param>
/// <param name="Blobs">The binary columns. Pairs with <see cref="BlobSpec.FlipSuffix"/> have equal shapes.</param>
/// <param name="Properties">Further facts of the task as text, e.g. <c>flow_scale</c>: pixels of flow per unit of the drawn target.</param>
public sealed record ShardSchema(
    string Dataset,
    string CodecHash,
    double ScaleFactor,
    IReadOnlyList<BlobSpec> Blobs,
    IReadOnlyDictionary<string, string> Properties)
{
    /// <summary>Raised when the columns or their meaning change; a reader refuses what it doesn't know.</summary>
    public const int Version = 1;

    /// <summary>Position of a blob in <see cref="LatentSample.Blobs"/>, or -1.</summary>
    public int IndexOf(string blob)
    {
        for (var i = 0; i < Blobs.Count; i++)
            if (Blobs[i].Name == blob) return i;
        return -1;
    }
}
