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

    /// <summary>Reads one row group as columns, without a copy per row. Fields are compared with their checksums now, each blob when it is taken.</summary>
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
        return new ShardColumns(this, group, rows, blobs);
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
