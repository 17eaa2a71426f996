namespace Flow.Storage.Engines;

/// <summary>One column of one row group; null is an absent value.</summary>
public abstract record Column(string Name)
{
    public abstract int Count { get; }
}

public sealed record LongColumn(string Name, long?[] Values) : Column(Name)
{
    public override int Count => Values.Length;
}

public sealed record DoubleColumn(string Name, double?[] Values) : Column(Name)
{
    public override int Count => Values.Length;
}

public sealed record TextColumn(string Name, string?[] Values) : Column(Name)
{
    public override int Count => Values.Length;
}

/// <summary>Binary values; there are no nulls, an absent value is empty. Values that were read are slices of larger memory.</summary>
public sealed record BytesColumn(string Name, ReadOnlyMemory<byte>[] Values) : Column(Name)
{
    public override int Count => Values.Length;
}

/// <summary>The columns of one row group, all of the same length.</summary>
public sealed record RowGroup(IReadOnlyList<Column> Columns)
{
    public int Rows => Columns[0].Count;

    /// <summary>The column of this name and type. Throws when the file has no such column.</summary>
    public TColumn Get<TColumn>(string name) where TColumn : Column =>
        Columns.OfType<TColumn>().FirstOrDefault(column => column.Name == name)
        ?? throw new InvalidDataException($"there is no {typeof(TColumn).Name} '{name}', only {string.Join(", ", Columns.Select(c => c.Name))}");
}
