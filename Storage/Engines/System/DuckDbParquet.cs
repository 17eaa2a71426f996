using System.Collections.Concurrent;
using System.Globalization;

namespace Flow.Storage.Engines;

/// <summary>
/// Parquet by DuckDB's own reader and writer. Each reader is a database with one thread: a query runs on the thread that asks, and the
/// callers decide how many there are. Readers are kept for the next caller.
/// </summary>
sealed class DuckDbParquet : IParquetEngine
{
    readonly ConcurrentBag<DuckDbConnection> idle = [];

    public void Write(string path, IEnumerable<RowGroup> groups, IReadOnlyDictionary<string, string> metadata, Compression compression)
    {
        using var rows = groups.GetEnumerator();
        if (!rows.MoveNext()) throw new ArgumentException($"{path}: a Parquet file needs at least one row group", nameof(groups));
        var connection = new DuckDbConnection(("threads", "1"));
        var function = new RowGroupFunction(connection, "row_groups", rows);
        try
        {
            connection.Execute($"COPY (FROM row_groups()) TO {Quote(path)} ({Options(rows.Current, metadata, compression)})");
        }
        catch (SqlException failure)
        {
            throw function.Failure ?? new IOException($"{path}: {failure.Message}", failure);
        }
        finally
        {
            connection.Dispose();
            function.Dispose();
        }
    }

    public ParquetFooter ReadFooter(string path) => Reading(path, connection =>
    {
        using var described = connection.Select($"SELECT * FROM read_parquet({Quote(path)}) LIMIT 0");
        var chunks = Chunks(connection, path, described);
        var metadata = new Dictionary<string, string>();
        using var result = connection.Select($"SELECT key, value FROM parquet_kv_metadata({Quote(path)})");
        while (result.NextChunk())
            for (var i = 0; i < result.Rows; i++)
                metadata[result.Vector(0).Text(i)] = result.Vector(1).Text(i);
        return new DuckDbFooter([.. chunks.Select(group => group.Rows)], described.Columns, metadata)
        {
            Plain = [.. chunks.Select(group => group.Plain)],
            File = new Lazy<MappedFile>(() => new MappedFile(path)),
        };
    });

    /// <summary>A footer that also says where the plain column chunks of each row group are.</summary>
    sealed record DuckDbFooter(IReadOnlyList<int> GroupRows, IReadOnlyList<string> Columns, IReadOnlyDictionary<string, string> Metadata)
        : ParquetFooter(GroupRows, Columns, Metadata)
    {
        public required IReadOnlyList<Dictionary<string, PlainChunk>> Plain { get; init; }

        public required Lazy<MappedFile> File { get; init; }
    }

    static List<(int Rows, Dictionary<string, PlainChunk> Plain)> Chunks(DuckDbConnection connection, string path, DuckDbResult described)
    {
        var types = described.Columns.Select((name, i) => (name, Type: described.ColumnType(i))).ToDictionary(column => column.name, column => column.Type);
        var groups = new SortedDictionary<long, (int Rows, Dictionary<string, PlainChunk> Plain)>();
        using var result = connection.Select(
            $"""
            SELECT row_group_id, row_group_num_rows, path_in_schema, num_values, data_page_offset, total_compressed_size, repetition_type = 'OPTIONAL',
                   compression = 'UNCOMPRESSED' AND dictionary_page_offset IS NULL AND coalesce(logical_type, '') IN ('', 'StringType()')
            FROM parquet_metadata({Quote(path)}) m JOIN parquet_schema({Quote(path)}) s ON m.path_in_schema = s.name
            """);
        while (result.NextChunk())
            for (var i = 0; i < result.Rows; i++)
            {
                if (!groups.TryGetValue(result.Vector(0).Value<long>(i), out var group))
                    groups[result.Vector(0).Value<long>(i)] = group = (checked((int)result.Vector(1).Value<long>(i)), []);
                var name = result.Vector(2).Text(i);
                if (result.Vector(7).IsNull(i) || !result.Vector(7).Value<bool>(i)) continue;
                group.Plain[name] = new PlainChunk(
                    name, types[name], result.Vector(4).Value<long>(i), checked((int)result.Vector(5).Value<long>(i)),
                    checked((int)result.Vector(3).Value<long>(i)), result.Vector(6).Value<bool>(i));
            }
        return [.. groups.Values];
    }

    public RowGroup ReadGroup(string path, ParquetFooter footer, int group, IReadOnlyList<string> columns)
    {
        var file = (DuckDbFooter)footer;
        var plain = file.Plain[group];
        if (!columns.All(plain.ContainsKey)) return ReadByQuery(path, footer, group, columns);
        try
        {
            return new RowGroup([.. columns.Select(name => PlainPages.Read(file.File.Value, plain[name]))]);
        }
        catch (InvalidDataException failure)
        {
            throw new InvalidDataException($"{path}: {failure.Message}", failure);
        }
    }

    RowGroup ReadByQuery(string path, ParquetFooter footer, int group, IReadOnlyList<string> columns) => Reading(path, connection =>
    {
        var first = footer.GroupRows.Take(group).Sum(rows => (long)rows);
        var count = footer.GroupRows[group];
        var names = string.Join(", ", columns.Select(name => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\""));
        using var result = connection.Select(string.Create(CultureInfo.InvariantCulture,
            $"SELECT {names} FROM read_parquet({Quote(path)}, file_row_number = true) WHERE file_row_number >= {first} AND file_row_number < {first + count}"));
        var builders = columns.Select((name, i) => ColumnBuilder.For(name, result.ColumnType(i), count)).ToArray();
        var read = 0;
        for (; result.NextChunk(); read += result.Rows)
            for (var i = 0; i < builders.Length; i++) builders[i].Append(result.Vector(i), result.Rows);
        return read == count
            ? new RowGroup([.. builders.Select(builder => builder.Build())])
            : throw new InvalidDataException($"{path}: row group {group} has {read} rows, its footer says {count}");
    });

    T Reading<T>(string path, Func<DuckDbConnection, T> read)
    {
        if (!File.Exists(path)) throw new FileNotFoundException($"{path} does not exist", path);
        if (!idle.TryTake(out var connection)) connection = new DuckDbConnection(("threads", "1"));
        try
        {
            return read(connection);
        }
        catch (SqlException failure)
        {
            throw new InvalidDataException($"{path}: {failure.Message}", failure);
        }
        finally
        {
            idle.Add(connection);
        }
    }

    static string Options(RowGroup first, IReadOnlyDictionary<string, string> metadata, Compression compression)
    {
        var blobs = first.Columns.Any(column => column is BytesColumn);
        var keys = string.Join(", ", metadata.Select(pair => $"{Quote(pair.Key)}: {Quote(pair.Value)}"));
        return "FORMAT parquet"
            + (compression == Compression.None ? ", COMPRESSION uncompressed" : ", COMPRESSION zstd, COMPRESSION_LEVEL 1")
            + string.Create(CultureInfo.InvariantCulture, $", ROW_GROUP_SIZE {first.Rows}")
            // Latents never repeat: looking for a dictionary only costs time.
            + (blobs ? ", DICTIONARY_SIZE_LIMIT 0, WRITE_BLOOM_FILTER false" : "")
            + (metadata.Count > 0 ? $", KV_METADATA {{{keys}}}" : "");
    }

    static string Quote(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";
}
