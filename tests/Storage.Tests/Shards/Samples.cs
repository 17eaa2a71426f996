using Flow.Storage.Shards;

namespace Flow.Storage.Tests.Shards;

/// <summary>Samples whose every byte follows from their id.</summary>
static class Samples
{
    public static ShardSchema Schema { get; } = new(
        "test", "codec-1", 0.5,
        [
            new BlobSpec(BlobSpec.Latents, BlobType.Float16, [4, 4, 4]),
            new BlobSpec(BlobSpec.Latents + BlobSpec.FlipSuffix, BlobType.Float16, [4, 4, 4]),
            new BlobSpec(BlobSpec.Truth, BlobType.Float32, [8, 8]),
        ],
        new Dictionary<string, string> { ["task"] = "depth" });

    public static LatentSample Sample(long id) => new(
        id, $"n0144/größe_{id}.jpg", id % 3, id % 10 == 0 ? "val" : "train", 480, 640,
        [Bytes(id, 128), Bytes(id + 1, 128), id % 4 == 1 ? [] : Bytes(id + 2, 256)]);

    public static IEnumerable<LatentSample> Take(int count) => Enumerable.Range(0, count).Select(id => Sample(id));

    /// <summary>Ten rows a group, three groups a shard.</summary>
    public static ShardSizes Small { get; } = new(GroupBytes: 5120, ShardBytes: 3 * 5120);

    public static DatasetIndex Write(string folder, int count)
    {
        var writer = ShardWriter.Open(folder, Schema, Small);
        foreach (var sample in Take(count)) writer.Append(sample);
        return writer.Finish();
    }

    public static void AssertEqual(LatentSample expected, LatentSample read)
    {
        Xunit.Assert.Equal(
            (expected.Id, expected.Key, expected.Label, expected.Split, expected.Height, expected.Width),
            (read.Id, read.Key, read.Label, read.Split, read.Height, read.Width));
        Xunit.Assert.Equal(expected.Blobs, read.Blobs);
    }

    static byte[] Bytes(long seed, int length)
    {
        var bytes = new byte[length];
        new Random((int)seed).NextBytes(bytes);
        return bytes;
    }
}
