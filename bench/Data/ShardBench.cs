using Flow.Dataflow.Streaming;
using Flow.Domain.Data;
using Flow.Domain.Diffusion;
using Flow.Domain.Models;
using Flow.Domain.Runs;
using Flow.Storage.Engines;
using Flow.Storage.Shards;
using Flow.Training.Loop;
using static TorchSharp.torch;

namespace Flow.Bench.Data;

/// <summary>Shards and their stream, with the files in the page cache, against a plain memory copy of as many bytes, DuckDB, and a1's trainer.</summary>
static class ShardBench
{
    const int Samples = 16384, Rounds = 7, Batch = 256, TrainerBatch = 4;

    /// <summary>Class-conditional ImageNet at 256 pixels: 4x32x32 latents and their mirror image, 16 KB a sample.</summary>
    static readonly ShardSchema Schema = new(
        "bench", "none", 1,
        [new(BlobSpec.Latents, BlobType.Float16, [4, 32, 32]), new(BlobSpec.Latents + BlobSpec.FlipSuffix, BlobType.Float16, [4, 32, 32])],
        new Dictionary<string, string>());

    public static IEnumerable<Ratio> Measure(string root)
    {
        var samples = MakeSamples();
        var index = Write(Path.Combine(root, "shards"), samples);
        var bytes = Samples * Schema.Blobs.Sum(blob => (long)blob.ByteCount);
        var copy = new Copy(bytes);
        ShardReader[] readers = [.. index.Shards.Select(shard => ShardReader.Open(Path.Combine(root, "shards", shard.File)))];
        var gigabytes = bytes / 1e9;
        yield return Interleaved.Rate("shard read / memory copy", "GB/s", gigabytes, Rounds, () => ReadAll(readers), copy.Run);
        yield return Interleaved.Rate("shard read / DuckDB scan", "GB/s", gigabytes, Rounds, () => ReadAll(readers), () => Scan(root));
        yield return Interleaved.Rate("shard write / memory copy", "GB/s", gigabytes, 3, () => Rewrite(Path.Combine(root, "again"), samples), copy.Run);
        // Of each sample one of the two orientations is read, and its half-precision values become twice as many bytes of fp32.
        var stream = BatchStream.Open(new StreamSpec([new StreamSource(Path.Combine(root, "shards"))], Seed: 1, Batch, Stop: Samples / Batch));
        for (var warm = 0; warm < 40; warm++) Consume(stream); // a training's stream runs for hours: compiled to the end, its arrays found
        yield return Interleaved.Rate("stream of batches / memory copy", "GB/s", gigabytes, Rounds, () => Consume(stream), copy.Run);
        yield return AgainstTrainer(stream);
    }

    /// <summary>Samples a second that the stream gives and that the trainer of a1 takes, on all cores of the CPU.</summary>
    static Ratio AgainstTrainer(BatchStream stream)
    {
        var model = new ModelSpec("a1", 256, 12, 16, LearnSigma: false);
        var train = new TrainSpec(1_000_000, TrainerBatch, new DiffusionSpec(Loss: LossKind.Mse), new OptimSpec());
        using var session = new TrainingSession(new TrainingRun(model, train, new TrainingStart.Fresh(), CPU));
        var shape = new LatentShape(model.LatentChannels, model.LatentSize, model.LatentSize);
        var position = 0L;
        void Train()
        {
            long[] ids = [.. Enumerable.Range(0, TrainerBatch).Select(i => position * TrainerBatch + i)];
            session.Backward(new LatentBatch(position++, ids, new int[TrainerBatch], new long[TrainerBatch], shape, new float[TrainerBatch * shape.Elements], 0, []));
            session.Update(session.GradientNorm());
        }

        var (ours, theirs) = Interleaved.Seconds(Rounds, () => Consume(stream), Train);
        return Interleaved.FromSeconds("stream / a1's trainer on the CPU", "samples/s", Samples, ours, [.. theirs.Select(seconds => seconds * Samples / TrainerBatch)]);
    }

    static LatentSample[] MakeSamples()
    {
        var random = new Random(1);
        return [.. Enumerable.Range(0, Samples).Select(id => new LatentSample(id, $"{id}.png", id % 1000, "train", 256, 256, [.. Schema.Blobs.Select(blob =>
        {
            // Of the size of latents: about unit variance.
            var values = new float[blob.Elements];
            for (var i = 0; i < values.Length; i++) values[i] = (random.NextSingle() + random.NextSingle() + random.NextSingle() - 1.5f) * 2;
            return BlobBytes.Halves(values);
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
        part =>
        {
            var columns = part.reader.ReadColumns(part.group, [.. Schema.Blobs.Select(blob => blob.Name)]);
            for (var row = 0; row < columns.Count; row++)
                for (var blob = 0; blob < Schema.Blobs.Count; blob++) columns.Blob(blob, row); // compared with its checksum
            GC.KeepAlive(columns);
        });

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
            await foreach (var batch in stream.Lent()) seen += batch.Count; // as a training reads it
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
