namespace Flow.Storage.Shards;

/// <summary>
/// One row of a latent shard: what a trainer needs of one image (or image pair), and the ground truth an evaluation needs.
/// </summary>
/// <param name="Id">Unique in its dataset and rising: the place of the sample in the source's listing. Keys all random draws.</param>
/// <param name="Key">Path of the source file relative to the dataset's root.</param>
/// <param name="Label">Class index, or the task's label.</param>
/// <param name="Split">For example <c>train</c> or <c>val</c>. A dataset folder normally holds one split.</param>
/// <param name="Height">Pixels of the source image, before crop and resize.</param>
/// <param name="Width">Pixels of the source image, before crop and resize.</param>
/// <param name="Blobs">
/// One entry per <see cref="ShardSchema.Blobs"/>, in that order, row-major, little endian (see <see cref="BlobBytes"/>). An empty array
/// means that this sample has none.
/// </param>
public sealed record LatentSample(long Id, string Key, long Label, string Split, int Height, int Width, byte[][] Blobs);
