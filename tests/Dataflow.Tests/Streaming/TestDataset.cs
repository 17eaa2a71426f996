using Flow.Storage.Shards;

namespace Flow.Dataflow.Tests.Streaming;

/// <summary>Datasets on disk whose every number says which sample it belongs to; deleted with the test.</summary>
public sealed class TestDataset : IDisposable
{
    readonly string root = Directory.CreateTempSubdirectory("flow-stream-").FullName;

    /// <summary>Class-conditional: latents are the id, mirrored latents its negative. Seven rows a group, three groups a shard.</summary>
    public string Images(int samples, string name = "images", int firstId = 0)
    {
        var schema = new ShardSchema(name, "codec", 1, [Half("latents", 1), Half("latents_flip", 1)], new Dictionary<string, string>());
        return Write(name, samples, schema, i => new LatentSample(
            firstId + i, $"{i}.png", i % 5, "train", 2, 2, [Values(1, firstId + i), Values(1, -(firstId + i))]));
    }

    /// <summary>Image-to-image with a prompt: target, image and prompt are the id plus 0.25, 0.5 and 0.75.</summary>
    public string Pairs(int samples, string name = "pairs", int promptChannels = 2) => Write(
        name, samples,
        new ShardSchema(name, "codec", 1, [Half("latents", 1), Half("target", 1), Half("prompt", promptChannels), new BlobSpec("truth", BlobType.Float32, [2, 2])], new Dictionary<string, string>()),
        i => new LatentSample(i, $"{i}.png", 1000, "train", 2, 2, [Values(1, i + 0.5f), Values(1, i + 0.25f), Values(promptChannels, i + 0.75f), new byte[16]]));

    public void Dispose() => Directory.Delete(root, recursive: true);

    string Write(string name, int samples, ShardSchema schema, Func<int, LatentSample> sample)
    {
        var folder = Path.Combine(root, $"{name}-{Guid.NewGuid():N}");
        var rowBytes = schema.Blobs.Sum(blob => blob.ByteCount);
        var writer = ShardWriter.Open(folder, schema, new ShardSizes(7 * rowBytes, 21 * rowBytes));
        for (var i = 0; i < samples; i++) writer.Append(sample(i));
        writer.Finish();
        return folder;
    }

    static BlobSpec Half(string name, int channels) => new(name, BlobType.Float16, [channels, 2, 2]);

    static byte[] Values(int channels, float value) => BlobBytes.Halves(Enumerable.Repeat(value, 4 * channels).ToArray());
}
