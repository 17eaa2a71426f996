using Flow.Dataflow.Streaming;
using Flow.Storage.Engines;
using Flow.Storage.Shards;

namespace Flow.Bench.Data;

/// <summary>Shards and their stream, with the files in the page cache, against a plain memory copy of as many bytes.</summary>
public static class DataBench
{
    const int Samples = 16384, Rounds = 7, Batch = 256;

    /// <summary>Class-conditional ImageNet at 256 pixels: 4x32x32 latents and their mirror image, 16 KB a sample.</summary>
    static readonly ShardSchema Schema = new(
        "bench", "none", 1,
        [new(BlobSpec.Latents, BlobType.Float16, [4, 32, 32]), new(BlobSpec.Latents + BlobSpec.FlipSuffix, BlobType.Float16, [4, 32, 32])],
        new Dictionary<string, string>());

    public static IEnumerable<Ratio> Measure()
    {
        var root = Directory.CreateTempSubdirectory("flow-bench-").FullName;
        try
        {
            var samples = MakeSamples();
            var index = Write(Path.Combine(root, "shards"), samples);
            var bytes = Samples * Schema.Blobs.Sum(blob => (long)blob.ByteCount);
            var copy = new Copy(bytes);
            var files = index.Shards.Select(shard => Path.Combine(root, "shards", shard.File)).ToArray();
            ShardReader[] readers = [.. files.Select(ShardReader.Open)];

            var gigabytes = bytes / 1e9;
            var stream = BatchStream.Open(new StreamSpec([new StreamSource(Path.Combine(root, "shards"))], Seed: 1, Batch, Stop: Samples / Batch));
            yield return Interleaved.Rate("shard read / memory copy", "GB/s", gigabytes, Rounds, () => ReadAll(readers), copy.Run);
            yield return Interleaved.Rate("shard read / DuckDB scan", "GB/s", gigabytes, Rounds, () => ReadAll(readers), () => Scan(root));
            yield return Interleaved.Rate("shard write / memory copy", "GB/s", gigabytes, 3, () => Rewrite(Path.Combine(root, "again"), samples), copy.Run);
            // Every sample's half-precision bytes become twice as many of fp32.
            yield return Interleaved.Rate("stream of batches / memory copy", "GB/s", gigabytes, Rounds, () => Consume(stream), copy.Run);
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    static LatentSample[] MakeSamples()
    {
        var random = new Random(1);
        return [.. Enumerable.Range(0, Samples).Select(id => new LatentSample(id, $"{id}.png", id % 1000, "train", 256, 256, [.. Schema.Blobs.Select(blob =>
        {
            var values = new byte[blob.ByteCount];
            random.NextBytes(values);
            return values;
        })]))];
    }

    static DatasetIndex Write(string folder, LatentSample[] samples)
    {
        var writer = ShardWriter.Open(folder, Schema);
        foreach (var sample in samples) writer.Append(sample);
        return writer.Finish();
    }

    static void Rewrite(string folder, LatentSample[] samples)
    {
        if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        Write(folder, samples);
    }

    static void ReadAll(ShardReader[] readers) => Parallel.ForEach(
        readers.SelectMany(reader => Enumerable.Range(0, reader.GroupRows.Count).Select(group => (reader, group))),
        part => part.reader.ReadColumns(part.group, [.. Schema.Blobs.Select(blob => blob.Name)]));

    static void Scan(string root)
    {
        using var session = Engine.Sql.Open(new SqlLimits([root], Threads: Environment.ProcessorCount), "");
        session.Query($"SELECT max(octet_length(latents)), max(octet_length(latents_flip)) FROM '{root}/shards/*.parquet'", 1);
    }

    static void Consume(BatchStream stream)
    {
        async Task<long> All()
        {
            var seen = 0L;
            await foreach (var batch in stream) seen += batch.Count;
            return seen;
        }

        if (All().GetAwaiter().GetResult() != Samples) throw new InvalidOperationException("the stream lost samples");
    }

    /// <summary>A copy on all cores between two arrays that are in memory already.</summary>
    sealed class Copy(long bytes)
    {
        readonly byte[] from = new byte[bytes], to = new byte[bytes];

        public void Run() => Parallel.For(0, Environment.ProcessorCount, core =>
        {
            var part = (int)(bytes / Environment.ProcessorCount);
            from.AsSpan(core * part, part).CopyTo(to.AsSpan(core * part, part));
        });
    }
}
