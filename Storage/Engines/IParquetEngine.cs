namespace Flow.Storage.Engines;

/// <summary>What the footer of a Parquet file says.</summary>
/// <param name="GroupRows">Rows of each row group.</param>
/// <param name="Metadata">The file's key-value metadata.</param>
public record ParquetFooter(IReadOnlyList<int> GroupRows, IReadOnlyList<string> Columns, IReadOnlyDictionary<string, string> Metadata)
{
    public long Rows => GroupRows.Sum(rows => (long)rows);
}

/// <summary>How a file is compressed. Latents barely compress; rows of results do.</summary>
public enum Compression
{
    None,
    Zstd,
}

/// <summary>
/// Flat Parquet files of the four column types. Every engine reads what any other one wrote. Calls may come from many threads.
/// A file that is not readable Parquet throws <see cref="InvalidDataException"/> with its path.
/// </summary>
public interface IParquetEngine
{
    /// <summary>
    /// Writes a new file; row group i of the file is element i of <paramref name="groups"/>, which is enumerated once. All but the last
    /// have as many rows as the first.
    /// </summary>
    void Write(string path, IEnumerable<RowGroup> groups, IReadOnlyDictionary<string, string> metadata, Compression compression);

    ParquetFooter ReadFooter(string path);

    /// <summary>Reads one row group, given the footer read before.</summary>
    /// <param name="columns">The columns wanted, in the order wanted.</param>
    RowGroup ReadGroup(string path, ParquetFooter footer, int group, IReadOnlyList<string> columns);
}
