namespace Flow.Storage.Engines;

/// <summary>Gathers the chunks of one column into managed memory.</summary>
abstract class ColumnBuilder(string name)
{
    protected string Name { get; } = name;

    public abstract void Append(DuckDbVector vector, int rows);

    public abstract Column Build();

    public static ColumnBuilder For(string name, int type, int rows) => type switch
    {
        Native.TypeBigInt => new Longs(name, rows),
        Native.TypeDouble => new Doubles(name, rows),
        Native.TypeVarchar => new Texts(name, rows),
        Native.TypeBlob => new Blobs(name, rows),
        _ => throw new SqlException($"column {name} has a type (DuckDB's number {type}) that is none of int64, double, text and bytes"),
    };

    sealed class Longs(string name, int rows) : ColumnBuilder(name)
    {
        readonly long?[] values = new long?[rows];
        int count;

        public override void Append(DuckDbVector vector, int rows)
        {
            for (var i = 0; i < rows; i++) values[count++] = vector.IsNull(i) ? null : vector.Value<long>(i);
        }

        public override Column Build() => new LongColumn(Name, values);
    }

    sealed class Doubles(string name, int rows) : ColumnBuilder(name)
    {
        readonly double?[] values = new double?[rows];
        int count;

        public override void Append(DuckDbVector vector, int rows)
        {
            for (var i = 0; i < rows; i++) values[count++] = vector.IsNull(i) ? null : vector.Value<double>(i);
        }

        public override Column Build() => new DoubleColumn(Name, values);
    }

    sealed class Texts(string name, int rows) : ColumnBuilder(name)
    {
        readonly string?[] values = new string?[rows];
        int count;

        public override void Append(DuckDbVector vector, int rows)
        {
            for (var i = 0; i < rows; i++) values[count++] = vector.IsNull(i) ? null : vector.Text(i);
        }

        public override Column Build() => new TextColumn(Name, values);
    }

    /// <summary>One array per chunk, so that a row group is a few large blocks of memory and not thousands of small ones.</summary>
    sealed class Blobs(string name, int rows) : ColumnBuilder(name)
    {
        readonly ReadOnlyMemory<byte>[] values = new ReadOnlyMemory<byte>[rows];
        int count;

        public override void Append(DuckDbVector vector, int rows)
        {
            var total = 0L;
            for (var i = 0; i < rows; i++)
                if (!vector.IsNull(i)) total += vector.Bytes(i).Length;
            var block = GC.AllocateUninitializedArray<byte>(checked((int)total));
            var offset = 0;
            for (var i = 0; i < rows; i++, count++)
            {
                if (vector.IsNull(i)) continue;
                var bytes = vector.Bytes(i);
                bytes.CopyTo(block.AsSpan(offset));
                values[count] = block.AsMemory(offset, bytes.Length);
                offset += bytes.Length;
            }
        }

        public override Column Build() => new BytesColumn(Name, values);
    }
}
