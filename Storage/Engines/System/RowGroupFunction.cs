using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace Flow.Storage.Engines;

/// <summary>
/// A table function of DuckDB whose rows are our row groups: <c>COPY (FROM name()) TO file</c> then pulls them, one chunk after the other,
/// on the thread that runs the statement. Every group begins a new chunk, which is what lets the writer end a row group there.
/// </summary>
sealed unsafe class RowGroupFunction : IDisposable
{
    readonly IEnumerator<RowGroup> groups;
    readonly GCHandle self;
    RowGroup? group;
    int offset;

    /// <summary>What the source of the rows threw; DuckDB carries only its message.</summary>
    public Exception? Failure { get; private set; }

    /// <param name="groups">At its first element, whose columns are the table's.</param>
    public RowGroupFunction(DuckDbConnection connection, string name, IEnumerator<RowGroup> groups)
    {
        this.groups = groups;
        group = groups.Current;
        self = GCHandle.Alloc(this);
        var function = Native.duckdb_create_table_function();
        Native.duckdb_table_function_set_name(function, name);
        Native.duckdb_table_function_set_extra_info(function, GCHandle.ToIntPtr(self), null);
        Native.duckdb_table_function_set_bind(function, &Bind);
        Native.duckdb_table_function_set_init(function, &Init);
        Native.duckdb_table_function_set_function(function, &Run);
        var state = Native.duckdb_register_table_function(connection.Handle, function);
        Native.duckdb_destroy_table_function(ref function);
        if (state == Native.Failed) throw new SqlException($"DuckDB doesn't take the table function {name}");
    }

    /// <summary>After the connection is closed.</summary>
    public void Dispose() => self.Free();

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    static void Bind(nint info)
    {
        foreach (var column in Of(Native.duckdb_bind_get_extra_info(info)).group!.Columns)
        {
            var type = Native.duckdb_create_logical_type(column switch
            {
                LongColumn => Native.TypeBigInt,
                DoubleColumn => Native.TypeDouble,
                TextColumn => Native.TypeVarchar,
                _ => Native.TypeBlob,
            });
            Native.duckdb_bind_add_result_column(info, column.Name, type);
            Native.duckdb_destroy_logical_type(ref type);
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    static void Init(nint info) => Native.duckdb_init_set_max_threads(info, 1);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    static void Run(nint info, nint chunk)
    {
        var function = Of(Native.duckdb_function_get_extra_info(info));
        // An exception must not unwind through DuckDB's frames.
        try
        {
            function.Fill(chunk);
        }
        catch (Exception failure)
        {
            function.Failure = failure;
            Native.duckdb_function_set_error(info, failure.Message);
        }
    }

    static RowGroupFunction Of(nint extra) => (RowGroupFunction)GCHandle.FromIntPtr(extra).Target!;

    void Fill(nint chunk)
    {
        if (offset == group?.Rows) (group, offset) = (groups.MoveNext() ? groups.Current : null, 0);
        if (group is null)
        {
            Native.duckdb_data_chunk_set_size(chunk, 0);
            return;
        }
        var rows = Math.Min(group.Rows - offset, (int)Native.duckdb_vector_size());
        for (var i = 0; i < group.Columns.Count; i++)
            Fill(Native.duckdb_data_chunk_get_vector(chunk, (ulong)i), group.Columns[i], offset, rows);
        Native.duckdb_data_chunk_set_size(chunk, (ulong)rows);
        offset += rows;
    }

    static void Fill(nint vector, Column column, int from, int rows)
    {
        switch (column)
        {
            case LongColumn longs:
                FillNumbers(vector, longs.Values.AsSpan(from, rows));
                break;
            case DoubleColumn doubles:
                FillNumbers(vector, doubles.Values.AsSpan(from, rows));
                break;
            case TextColumn texts:
                for (var i = 0; i < rows; i++)
                    if (texts.Values[from + i] is { } text) Assign(vector, i, Encoding.UTF8.GetBytes(text));
                    else SetNull(vector, i);
                break;
            case BytesColumn bytes:
                for (var i = 0; i < rows; i++) Assign(vector, i, bytes.Values[from + i].Span);
                break;
        }
    }

    static void FillNumbers<T>(nint vector, ReadOnlySpan<T?> values) where T : unmanaged
    {
        var into = (T*)Native.duckdb_vector_get_data(vector);
        for (var i = 0; i < values.Length; i++)
            if (values[i] is { } value) into[i] = value;
            else SetNull(vector, i);
    }

    static void Assign(nint vector, int row, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* start = bytes)
            Native.duckdb_vector_assign_string_element_len(vector, (ulong)row, start == null ? (byte*)&row : start, (ulong)bytes.Length);
    }

    static void SetNull(nint vector, int row)
    {
        Native.duckdb_vector_ensure_validity_writable(vector);
        Native.duckdb_vector_get_validity(vector)[row >> 6] &= ~(1UL << (row & 63));
    }
}
