using System.Runtime.CompilerServices;
using System.Text;

namespace Flow.Storage.Engines;

/// <summary>A running query, read chunk by chunk (at most 2,048 rows each), so that a large answer is never in memory at once.</summary>
sealed unsafe class DuckDbResult : IDisposable
{
    NativeResult result;
    nint chunk;

    public DuckDbResult(NativeResult result)
    {
        this.result = result;
        Columns = new string[(int)Native.duckdb_column_count(ref this.result)];
        for (var i = 0; i < Columns.Length; i++) Columns[i] = DuckDbConnection.Text(Native.duckdb_column_name(ref this.result, (ulong)i));
    }

    public string[] Columns { get; }

    /// <summary>Rows of the present chunk.</summary>
    public int Rows { get; private set; }

    public int ColumnType(int column) => Native.duckdb_column_type(ref result, (ulong)column);

    /// <summary>The caller destroys it.</summary>
    public nint LogicalType(int column) => Native.duckdb_column_logical_type(ref result, (ulong)column);

    /// <summary>Goes to the next chunk; false at the end. What earlier vectors pointed at is gone.</summary>
    public bool NextChunk()
    {
        if (chunk != 0) Native.duckdb_destroy_data_chunk(ref chunk);
        chunk = Native.duckdb_fetch_chunk(result);
        Rows = chunk == 0 ? 0 : (int)Native.duckdb_data_chunk_get_size(chunk);
        if (chunk != 0) return true;
        var error = Native.duckdb_result_error(ref result);
        return error == 0 || *(byte*)error == 0 ? false : throw new SqlException(DuckDbConnection.Text(error));
    }

    public DuckDbVector Vector(int column) => new(Native.duckdb_data_chunk_get_vector(chunk, (ulong)column));

    public void Dispose()
    {
        if (chunk != 0) Native.duckdb_destroy_data_chunk(ref chunk);
        Native.duckdb_destroy_result(ref result);
    }
}

/// <summary>The values of one column in one chunk, in DuckDB's memory.</summary>
readonly unsafe ref struct DuckDbVector(nint vector)
{
    readonly void* data = Native.duckdb_vector_get_data(vector);
    readonly ulong* validity = Native.duckdb_vector_get_validity(vector);

    public bool IsNull(int row) => validity != null && (validity[row >> 6] & (1UL << (row & 63))) == 0;

    public T Value<T>(int row) where T : unmanaged => ((T*)data)[row];

    public void* Data => data;

    /// <summary>Bytes of a text or blob: 4 of length, then 12 of content or 4 of prefix and 8 of pointer (duckdb_string_t).</summary>
    public ReadOnlySpan<byte> Bytes(int row)
    {
        const uint inlined = 12;
        var entry = (byte*)data + 16 * (long)row;
        var length = Unsafe.ReadUnaligned<uint>(entry);
        return new ReadOnlySpan<byte>(length <= inlined ? entry + 4 : *(byte**)(entry + 8), checked((int)length));
    }

    public string Text(int row) => Encoding.UTF8.GetString(Bytes(row));
}
