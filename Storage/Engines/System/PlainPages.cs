using System.Buffers.Binary;
using System.Text;

namespace Flow.Storage.Engines;

/// <summary>Where a column chunk lies in its file, for chunks that are plain: not compressed and without a dictionary.</summary>
/// <param name="Offset">First byte of the first page's header.</param>
/// <param name="Length">Bytes of all pages with their headers.</param>
/// <param name="Optional">Whether the values are preceded by definition levels.</param>
sealed record PlainChunk(string Name, int Type, long Offset, int Length, int Values, bool Optional);

/// <summary>
/// Reads plain column chunks where they lie in a mapped file, without copying a blob. DuckDB would read, copy and copy again, and a copy
/// from the page cache alone costs more than verifying the checksums in place (bench/run data). Layout: Parquet format 2.x, data pages
/// (version 1) in PLAIN encoding. Every length is checked, so a damaged chunk is an exception.
/// </summary>
static class PlainPages
{
    public static Column Read(MappedFile file, PlainChunk chunk)
    {
        if (chunk.Offset < 0 || chunk.Offset + chunk.Length > file.Length) throw new InvalidDataException($"the file ends within column {chunk.Name}");
        var column = Decode(chunk, file.Memory.Slice((int)chunk.Offset, chunk.Length));
        GC.KeepAlive(file);
        return column;
    }

    static Column Decode(PlainChunk chunk, ReadOnlyMemory<byte> bytes)
    {
        try
        {
            switch (chunk.Type)
            {
                case Native.TypeBigInt:
                    var longs = new long?[chunk.Values];
                    Walk(chunk, bytes, (row, values) => { longs[row] = BinaryPrimitives.ReadInt64LittleEndian(values.Span); return sizeof(long); });
                    return new LongColumn(chunk.Name, longs);
                case Native.TypeDouble:
                    var doubles = new double?[chunk.Values];
                    Walk(chunk, bytes, (row, values) => { doubles[row] = BinaryPrimitives.ReadDoubleLittleEndian(values.Span); return sizeof(double); });
                    return new DoubleColumn(chunk.Name, doubles);
                case Native.TypeVarchar:
                    var texts = new string?[chunk.Values];
                    Walk(chunk, bytes, (row, values) => { var text = Prefixed(values); texts[row] = Encoding.UTF8.GetString(text.Span); return 4 + text.Length; });
                    return new TextColumn(chunk.Name, texts);
                default:
                    var blobs = new ReadOnlyMemory<byte>[chunk.Values];
                    Walk(chunk, bytes, (row, values) => { blobs[row] = Prefixed(values); return 4 + blobs[row].Length; });
                    return new BytesColumn(chunk.Name, blobs);
            }
        }
        catch (Exception failure) when (failure is ArgumentOutOfRangeException or IndexOutOfRangeException or OverflowException)
        {
            throw new InvalidDataException($"column {chunk.Name} has a length that leads out of it", failure);
        }
    }

    /// <summary>Calls <paramref name="take"/> for each value that is not null, with the bytes from it on; it returns how many are its own.</summary>
    static void Walk(PlainChunk chunk, ReadOnlyMemory<byte> bytes, Func<int, ReadOnlyMemory<byte>, int> take)
    {
        for (var row = 0; row < chunk.Values;)
        {
            var (header, values, length) = PageHeader.Read(bytes.Span);
            if (values <= 0 || values > chunk.Values - row) throw new InvalidDataException($"column {chunk.Name} has a page of {values} values");
            var page = bytes.Slice(header, length);
            bytes = bytes[(header + length)..];
            var present = default(DefinitionLevels);
            if (chunk.Optional)
            {
                var levels = Prefixed(page);
                present = new DefinitionLevels(levels.Span);
                page = page[(4 + levels.Length)..];
            }
            for (var end = row + values; row < end; row++)
                if (!chunk.Optional || present.Next()) page = page[take(row, page)..];
        }
    }

    /// <summary>The bytes after a 4-byte length.</summary>
    static ReadOnlyMemory<byte> Prefixed(ReadOnlyMemory<byte> bytes) => bytes.Slice(4, BinaryPrimitives.ReadInt32LittleEndian(bytes.Span));
}
