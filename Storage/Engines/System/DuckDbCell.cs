
namespace Flow.Storage.Engines;

/// <summary>Reads one value that is not null.</summary>
delegate object CellReader(DuckDbVector vector, int row);

/// <summary>DuckDB's column types as values of .NET; numbers are those of duckdb_type.</summary>
static class DuckDbCell
{
    /// <summary>The way to read a column. Throws for nested types, which have no place in a flat table.</summary>
    public static CellReader Reader(DuckDbResult result, int column) => result.ColumnType(column) switch
    {
        1 => static (vector, row) => vector.Value<bool>(row),
        2 => static (vector, row) => (long)vector.Value<sbyte>(row),
        3 => static (vector, row) => (long)vector.Value<short>(row),
        4 => static (vector, row) => (long)vector.Value<int>(row),
        Native.TypeBigInt => static (vector, row) => vector.Value<long>(row),
        6 => static (vector, row) => (long)vector.Value<byte>(row),
        7 => static (vector, row) => (long)vector.Value<ushort>(row),
        8 => static (vector, row) => (long)vector.Value<uint>(row),
        9 => static (vector, row) => Whole(vector.Value<ulong>(row)),
        10 => static (vector, row) => (double)vector.Value<float>(row),
        Native.TypeDouble => static (vector, row) => vector.Value<double>(row),
        12 or 31 => static (vector, row) => DateTime.UnixEpoch.AddMicroseconds(vector.Value<long>(row)),
        13 => static (vector, row) => DateTime.UnixEpoch.AddDays(vector.Value<int>(row)),
        16 => static (vector, row) => Whole(vector.Value<Int128>(row)),
        Native.TypeVarchar => static (vector, row) => vector.Text(row),
        Native.TypeBlob => static (vector, row) => vector.Bytes(row).ToArray(),
        19 => Decimal(result, column),
        20 => static (vector, row) => DateTime.UnixEpoch.AddSeconds(vector.Value<long>(row)),
        21 => static (vector, row) => DateTime.UnixEpoch.AddMilliseconds(vector.Value<long>(row)),
        22 => static (vector, row) => DateTime.UnixEpoch.AddTicks(vector.Value<long>(row) / 100),
        32 => static (vector, row) => (double)vector.Value<UInt128>(row),
        36 => static (vector, _) => 0L, // every value of the type of NULL is null
        _ => throw new SqlException($"column {result.Columns[column]} has a nested or unusual type: cast it, e.g. {result.Columns[column]}::varchar"),
    };

    /// <summary>Sums of whole numbers come as 128 bits: a long where it fits.</summary>
    static object Whole(Int128 value) => value >= long.MinValue && value <= long.MaxValue ? (object)(long)value : (double)value;

    static CellReader Decimal(DuckDbResult result, int column)
    {
        var type = result.LogicalType(column);
        var scale = Native.duckdb_decimal_scale(type);
        var stored = Native.duckdb_decimal_internal_type(type);
        Native.duckdb_destroy_logical_type(ref type);
        var unit = Math.Pow(10, scale);
        return stored switch
        {
            3 => (vector, row) => new decimal(vector.Value<short>(row)) / (decimal)unit,
            4 => (vector, row) => new decimal(vector.Value<int>(row)) / (decimal)unit,
            5 => (vector, row) => new decimal(vector.Value<long>(row)) / (decimal)unit,
            _ => (vector, row) => (double)vector.Value<Int128>(row) / unit,
        };
    }
}
