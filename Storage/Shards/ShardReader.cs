using System.Buffers.Binary;
using System.Security.Cryptography;
using Flow.Storage.Engines;

namespace Flow.Storage.Shards;

/// <summary>Reads one shard by row groups or rows, and hands out nothing whose checksum doesn't fit. May be used from many threads.</summary>
public sealed class ShardReader
{
    readonly ParquetFooter footer;

    ShardReader(string path, ParquetFooter footer) => (Path, this.footer, Schema) = (path, footer, ShardFormat.Schema(path, footer));

    public string Path { get; }

    public ShardSchema Schema { get; }

    public IReadOnlyList<int> GroupRows => footer.GroupRows;

    public long Rows => footer.Rows;

    /// <summary>Opens a shard by itself; damage shows when its rows are read.</summary>
    /// <exception cref="InvalidDataException">It is no Parquet file, no shard, or of another version.</exception>
    public static ShardReader Open(string path) => new(path, Engine.Parquet.ReadFooter(path));

    /// <summary>Opens a shard of a dataset after comparing its length and SHA-256 with the index: a damaged file reaches no parser.</summary>
    public static ShardReader Open(string folder, ShardEntry entry)
    {
        var path = System.IO.Path.Combine(folder, entry.File);
        CheckFile(path, entry);
        var reader = Open(path);
        return reader.GroupRows.SequenceEqual(entry.GroupRows) ? reader : throw new DamagedShardException(path, "its row groups are not those of the index");
    }

    /// <summary>Reads one row group.</summary>
    /// <param name="blobs">Names of the blobs wanted; the others of a sample are empty. None means all.</param>
    public IReadOnlyList<LatentSample> ReadGroup(int group, IReadOnlyList<string>? blobs = null)
    {
        var columns = ReadColumns(group, blobs ?? [.. Schema.Blobs.Select(blob => blob.Name)]);
        LatentSample[] samples = [.. Enumerable.Range(0, columns.Count).Select(columns.Sample)];
        GC.KeepAlive(columns);
        return samples;
    }

    /// <summary>Reads one row group as columns, without a copy per row.</summary>
    public ShardColumns ReadColumns(int group, IReadOnlyList<string> blobs)
    {
        RowGroup rows;
        try
        {
            rows = Engine.Parquet.ReadGroup(Path, footer, group, ShardFormat.ColumnNames(blobs));
        }
        catch (InvalidDataException failure)
        {
            throw new DamagedShardException(Path, $"row group {group} can't be read ({failure.Message})", failure);
        }
        var columns = new ShardColumns(Schema, rows, blobs);
        return columns.FindDamage() is { } what ? throw new DamagedShardException(Path, $"row group {group}, {what}") : columns;
    }

    /// <summary>Reads one row with all its blobs. It costs the reading of its row group.</summary>
    public LatentSample ReadRow(long row)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(row);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(row, Rows);
        var group = 0;
        for (; row >= GroupRows[group]; group++) row -= GroupRows[group];
        return ReadGroup(group)[(int)row];
    }

    internal static void CheckFile(string path, ShardEntry entry)
    {
        if (!File.Exists(path)) throw new DamagedShardException(path, "it is missing");
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1, FileOptions.SequentialScan);
        if (stream.Length != entry.Bytes) throw new DamagedShardException(path, $"it has {stream.Length} bytes, the index says {entry.Bytes}");
        if (Convert.ToHexStringLower(SHA256.HashData(stream)) != entry.Sha256) throw new DamagedShardException(path, "its SHA-256 is not that of the index");
    }
}

/// <summary>The columns of one row group of a shard. Its blobs may lie in a mapped file: keep it for as long as their spans are used.</summary>
public sealed class ShardColumns
{
    readonly ShardSchema schema;
    readonly LongColumn ids, labels, heights, widths;
    readonly TextColumn keys, splits;
    readonly BytesColumn checksums;
    readonly BytesColumn?[] blobs;

    internal ShardColumns(ShardSchema schema, RowGroup rows, IReadOnlyList<string> wanted)
    {
        this.schema = schema;
        ids = rows.Get<LongColumn>(ShardFormat.Id);
        labels = rows.Get<LongColumn>(ShardFormat.Label);
        heights = rows.Get<LongColumn>(ShardFormat.Height);
        widths = rows.Get<LongColumn>(ShardFormat.Width);
        keys = rows.Get<TextColumn>(ShardFormat.Key);
        splits = rows.Get<TextColumn>(ShardFormat.Split);
        checksums = rows.Get<BytesColumn>(ShardFormat.Checksums);
        blobs = [.. schema.Blobs.Select(blob => wanted.Contains(blob.Name) ? rows.Get<BytesColumn>(blob.Name) : null)];
    }

    public int Count => ids.Count;

    public long Id(int row) => ids.Values[row]!.Value;

    public long Label(int row) => labels.Values[row]!.Value;

    /// <summary>Bytes of a blob that was read; see <see cref="ShardSchema.IndexOf"/>.</summary>
    public ReadOnlySpan<byte> Blob(int index, int row) => blobs[index]!.Values[row].Span;

    public LatentSample Sample(int row) => new(
        Id(row), keys.Values[row]!, Label(row), splits.Values[row]!, (int)heights.Values[row]!, (int)widths.Values[row]!,
        [.. blobs.Select(blob => blob is null ? [] : blob.Values[row].ToArray())]);

    /// <summary>What is wrong with the first wrong row, or null.</summary>
    internal string? FindDamage()
    {
        for (var row = 0; row < Count; row++)
        {
            var sums = checksums.Values[row].Span;
            if (sums.Length != 4 * (1 + blobs.Length)) return $"row {row}: it has no checksums";
            if (ids.Values[row] is not { } id || labels.Values[row] is not { } label || heights.Values[row] is not { } height
                || widths.Values[row] is not { } width || keys.Values[row] is not { } key || splits.Values[row] is not { } split)
                return $"row {row}: a field is missing";
            if (RowChecksum.OfFields(id, key, label, split, (int)height, (int)width) != BinaryPrimitives.ReadUInt32LittleEndian(sums))
                return $"row {row} (sample {id}): the checksum of its fields is wrong";
            for (var i = 0; i < blobs.Length; i++)
                if (blobs[i] is { } blob && RowChecksum.OfBlob(blob.Values[row].Span) != BinaryPrimitives.ReadUInt32LittleEndian(sums[(4 * (i + 1))..]))
                    return $"row {row} (sample {id}, {key}): the checksum of {schema.Blobs[i].Name} is wrong";
        }
        return null;
    }

    internal ReadOnlyMemory<byte> Checksums(int row) => checksums.Values[row];
}
