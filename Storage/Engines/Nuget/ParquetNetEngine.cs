using Parquet;
using Parquet.Schema;

namespace Flow.Storage.Engines;

/// <summary>Parquet by Parquet.Net 6, through its typed memory columns. It is asynchronous throughout; files are local, so we wait.</summary>
sealed class ParquetNetEngine : IParquetEngine
{
    public void Write(string path, IEnumerable<RowGroup> groups, IReadOnlyDictionary<string, string> metadata, Compression compression)
    {
        using var rows = groups.GetEnumerator();
        if (!rows.MoveNext()) throw new ArgumentException($"{path}: a Parquet file needs at least one row group", nameof(groups));
        WriteAsync(path, rows, metadata, compression).GetAwaiter().GetResult();
    }

    static async Task WriteAsync(string path, IEnumerator<RowGroup> rows, IReadOnlyDictionary<string, string> metadata, Compression compression)
    {
        var schema = new ParquetSchema(rows.Current.Columns.Select(Field));
        var options = new ParquetOptions
        {
            CompressionMethod = compression == Compression.None ? CompressionMethod.None : CompressionMethod.Zstd,
            // Latents never repeat: looking for a dictionary only costs time.
            DictionaryEncodingThreshold = rows.Current.Columns.Any(column => column is BytesColumn) ? 0 : 0.8,
        };
        await using var file = File.Create(path);
        await using var writer = await ParquetWriter.CreateAsync(schema, file, options).ConfigureAwait(false);
        writer.CustomMetadata = metadata;
        do
        {
            using var group = writer.CreateRowGroup();
            for (var i = 0; i < schema.DataFields.Length; i++)
                await WriteAsync(group, schema.DataFields[i], rows.Current.Columns[i]).ConfigureAwait(false);
            group.CompleteValidate();
        }
        while (rows.MoveNext());
    }

    static Field Field(Column column) => new DataField(column.Name, column switch
    {
        LongColumn => typeof(long?),
        DoubleColumn => typeof(double?),
        TextColumn => typeof(string),
        _ => typeof(byte[]),
    });

    static Task WriteAsync(ParquetRowGroupWriter group, DataField field, Column column) => column switch
    {
        LongColumn longs => group.WriteAsync<long>(field, (ReadOnlyMemory<long?>)longs.Values),
        DoubleColumn doubles => group.WriteAsync<double>(field, (ReadOnlyMemory<double?>)doubles.Values),
        TextColumn texts => group.WriteAsync(field, (IReadOnlyCollection<string?>)texts.Values),
        BytesColumn bytes => group.WriteAsync<ReadOnlyMemory<byte>>(
            field, (ReadOnlyMemory<ReadOnlyMemory<byte>?>)Array.ConvertAll(bytes.Values, value => (ReadOnlyMemory<byte>?)value)),
        _ => throw new InvalidOperationException($"column {column.Name} has no Parquet type"),
    };

    public ParquetFooter ReadFooter(string path) => Reading(path, reader => Task.FromResult(new ParquetFooter(
        [.. reader.RowGroups.Select(group => checked((int)group.RowCount))],
        [.. reader.Schema.DataFields.Select(field => field.Name)],
        reader.CustomMetadata)));

    public RowGroup ReadGroup(string path, ParquetFooter footer, int group, IReadOnlyList<string> columns) => Reading(path, async reader =>
    {
        var rows = reader.RowGroups[group];
        var fields = reader.Schema.DataFields.ToDictionary(field => field.Name);
        var read = new List<Column>();
        foreach (var name in columns)
            read.Add(await ReadColumn(rows, fields.TryGetValue(name, out var field) ? field : throw new InvalidDataException($"there is no column {name}"))
                .ConfigureAwait(false));
        return new RowGroup(read);
    });

    static async Task<Column> ReadColumn(ParquetRowGroupReader rows, DataField field)
    {
        var count = checked((int)rows.RowCount);
        if (field.ClrType == typeof(long)) return new LongColumn(field.Name, await ReadNumbers<long>(rows, field, count).ConfigureAwait(false));
        if (field.ClrType == typeof(double)) return new DoubleColumn(field.Name, await ReadNumbers<double>(rows, field, count).ConfigureAwait(false));
        if (field.ClrType == typeof(string) || field.ClrType == typeof(ReadOnlyMemory<char>))
        {
            var texts = new string?[count];
            await rows.ReadAsync(field, texts.AsMemory()).ConfigureAwait(false);
            return new TextColumn(field.Name, texts);
        }
        if (field.ClrType != typeof(byte[]) && field.ClrType != typeof(ReadOnlyMemory<byte>))
            throw new InvalidDataException($"column {field.Name} is of {field.ClrType.Name}, none of int64, double, text and bytes");
        var blobs = new byte[]?[count];
        await rows.ReadAsync(field, blobs.AsMemory()).ConfigureAwait(false);
        return new BytesColumn(field.Name, Array.ConvertAll(blobs, blob => (ReadOnlyMemory<byte>)blob));
    }

    static async Task<T?[]> ReadNumbers<T>(ParquetRowGroupReader rows, DataField field, int count) where T : struct
    {
        var values = new T?[count];
        if (field.IsNullable)
        {
            await rows.ReadAsync<T>(field, values.AsMemory()).ConfigureAwait(false);
            return values;
        }
        var present = new T[count];
        await rows.ReadAsync<T>(field, present.AsMemory()).ConfigureAwait(false);
        return Array.ConvertAll(present, value => (T?)value);
    }

    static T Reading<T>(string path, Func<ParquetReader, Task<T>> read)
    {
        if (!File.Exists(path)) throw new FileNotFoundException($"{path} does not exist", path);
        try
        {
            return ReadAsync(path, read).GetAwaiter().GetResult();
        }
        // A damaged file makes the library throw whatever its bytes lead to.
        catch (Exception failure) when (failure is not (OutOfMemoryException or FileNotFoundException))
        {
            throw new InvalidDataException($"{path}: {failure.Message}", failure);
        }
    }

    static async Task<T> ReadAsync<T>(string path, Func<ParquetReader, Task<T>> read)
    {
        await using var file = File.OpenRead(path);
        await using var reader = await ParquetReader.CreateAsync(file).ConfigureAwait(false);
        return await read(reader).ConfigureAwait(false);
    }
}
