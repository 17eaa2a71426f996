using System.Globalization;
using System.Security.Cryptography;
using Flow.Domain;
using Flow.Storage.Engines;
using Flow.Storage.Files;

namespace Flow.Storage.Shards;

/// <summary>How large the pieces of a dataset are. A row group is what the stream reads and shuffles at once; a shard is one file.</summary>
public sealed record ShardSizes(long GroupBytes = 8 << 20, long ShardBytes = 128 << 20);

/// <summary>
/// Writes a dataset's folder: samples in rising order of their ids, shard after shard, the index last. Each shard appears in one rename;
/// the samples of an unfinished one are lost in a crash, and <see cref="Open"/> says from where to go on. Memory: one shard.
/// </summary>
public sealed class ShardWriter
{
    const int MaxGroupRows = 4096;

    readonly string folder;
    readonly ShardSchema schema;
    readonly int groupRows;
    readonly int shardRows;
    readonly List<LatentSample> pending = [];
    readonly List<ShardEntry> shards = [];
    readonly SortedDictionary<string, long> labels = new(StringComparer.Ordinal);
    readonly SortedDictionary<string, long> splits = new(StringComparer.Ordinal);
    SampleLedger ledger;

    ShardWriter(string folder, ShardSchema schema, ShardSizes sizes)
    {
        (this.folder, this.schema) = (folder, schema);
        var rowBytes = Math.Max(1, schema.Blobs.Sum(blob => (long)blob.ByteCount));
        groupRows = (int)Math.Clamp(sizes.GroupBytes / rowBytes, 1, MaxGroupRows);
        shardRows = (int)Math.Clamp(sizes.ShardBytes / rowBytes / groupRows, 1, 1024) * groupRows;
    }

    /// <summary>The last sample that is safe on disk or pending; -1 at the beginning. The next one has a larger id.</summary>
    public long LastId { get; private set; } = -1;

    /// <summary>Samples so far.</summary>
    public long Samples => ledger.Count + pending.Count;

    /// <summary>Opens a folder to begin a dataset, or to go on with one after a crash: finished shards are read back and counted.</summary>
    /// <exception cref="BadInputException">The dataset is complete, or was begun with another schema.</exception>
    public static ShardWriter Open(string folder, ShardSchema schema, ShardSizes? sizes = null)
    {
        Directory.CreateDirectory(folder);
        if (File.Exists(Path.Combine(folder, DatasetIndex.FileName))) throw new BadInputException($"{folder} holds a finished dataset already");
        foreach (var leftover in Directory.EnumerateFiles(folder, $".*{AtomicFile.TemporarySuffix}")) File.Delete(leftover);
        var writer = new ShardWriter(folder, schema, sizes ?? new ShardSizes());
        while (File.Exists(writer.NextPath)) writer.Recover(writer.NextPath);
        return writer;
    }

    /// <summary>Adds a sample; writes a shard when one is full.</summary>
    /// <exception cref="ArgumentException">The id doesn't rise, or a blob hasn't the size that the schema says.</exception>
    public void Append(LatentSample sample)
    {
        if (sample.Id <= LastId) throw new ArgumentException($"sample {sample.Id} ({sample.Key}) comes after sample {LastId}: ids must rise", nameof(sample));
        if (sample.Blobs.Length != schema.Blobs.Count)
            throw new ArgumentException($"sample {sample.Id} ({sample.Key}) has {sample.Blobs.Length} blobs, the schema has {schema.Blobs.Count}", nameof(sample));
        for (var i = 0; i < sample.Blobs.Length; i++)
            if (sample.Blobs[i].Length != 0 && sample.Blobs[i].Length != schema.Blobs[i].ByteCount)
                throw new ArgumentException(
                    $"sample {sample.Id} ({sample.Key}): {schema.Blobs[i].Name} has {sample.Blobs[i].Length} bytes, not {schema.Blobs[i].ByteCount}", nameof(sample));
        pending.Add(sample);
        LastId = sample.Id;
        if (pending.Count == shardRows) WriteShard();
    }

    /// <summary>Writes what is pending and the index. The dataset is there from now on.</summary>
    /// <exception cref="InvalidOperationException">There is no sample.</exception>
    public DatasetIndex Finish()
    {
        if (pending.Count > 0) WriteShard();
        if (shards.Count == 0) throw new InvalidOperationException($"{folder}: a dataset needs at least one sample");
        var index = DatasetIndex.Create(schema, labels, splits, shards, ledger);
        index.Save(folder);
        return index;
    }

    string NextPath => Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"shard-{shards.Count:D5}.parquet"));

    void WriteShard()
    {
        var path = NextPath;
        var sums = pending.Select(RowChecksum.Of).ToList();
        var groups = pending.Chunk(groupRows).Zip(sums.Chunk(groupRows), (samples, checksums) => ShardFormat.Columns(schema, samples, checksums));
        AtomicFile.WriteThrough(path, temporary => Engine.Parquet.Write(temporary, groups, ShardFormat.Metadata(schema), Compression.None));
        Count(path, [.. pending.Chunk(groupRows).Select(chunk => chunk.Length)], pending.Zip(sums, (sample, checksums) => (sample, (ReadOnlyMemory<byte>)checksums)));
        pending.Clear();
    }

    void Recover(string path)
    {
        var reader = ShardReader.Open(path);
        if (ShardFormat.Canonical(reader.Schema) != ShardFormat.Canonical(schema))
            throw new BadInputException($"{path} was written with another schema: delete {folder} or finish it with the settings it was begun with");
        Count(path, reader.GroupRows, Enumerable.Range(0, reader.GroupRows.Count)
            .Select(group => reader.ReadColumns(group, []))
            .SelectMany(columns => Enumerable.Range(0, columns.Count).Select(row => (columns.Sample(row), columns.Checksums(row)))));
        LastId = shards[^1].LastId;
    }

    void Count(string path, IReadOnlyList<int> groups, IEnumerable<(LatentSample Sample, ReadOnlyMemory<byte> Checksums)> rows)
    {
        using var content = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var (first, last) = (long.MaxValue, -1L);
        foreach (var (sample, checksums) in rows)
        {
            RowChecksum.AddTo(content, sample, checksums.Span);
            (first, last) = (Math.Min(first, sample.Id), sample.Id);
            ledger = ledger.Add(sample.Id);
            Increment(labels, sample.Label.ToString(CultureInfo.InvariantCulture));
            Increment(splits, sample.Split);
        }
        using var stream = File.OpenRead(path);
        shards.Add(new ShardEntry(
            Path.GetFileName(path), groups, stream.Length, Convert.ToHexStringLower(SHA256.HashData(stream)),
            Convert.ToHexStringLower(content.GetHashAndReset()), first, last));
    }

    static void Increment(SortedDictionary<string, long> counts, string key) => counts[key] = counts.GetValueOrDefault(key) + 1;
}
