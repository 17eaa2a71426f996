namespace Flow.Dataflow.Codecs;

/// <summary>A data set as its header describes it.</summary>
/// <param name="Storage">The layout message.</param>
/// <param name="Filters">What packed its chunks, in the order of packing.</param>
sealed record Hdf5DataSet(Hdf5Type Type, int[] Shape, Hdf5Message Storage, IReadOnlyList<int> Filters)
{
    public const int Deflate = 1, Shuffle = 2, Fletcher32 = 3;

    /// <summary>Deflate can't pack more than 1032 to 1; a file that claims more is damaged or a bomb.</summary>
    const int MaxRatio = 1100;

    const int MaxRank = 8;

    public long Bytes => Shape.Aggregate((long)Hdf5Array.SizeOf(Type), (product, extent) => product * extent);

    public static Hdf5DataSet Read(Hdf5Bytes file, IReadOnlyList<Hdf5Message> messages)
    {
        Hdf5Message? One(int type) => messages.Where(message => message.Type == type).Cast<Hdf5Message?>().FirstOrDefault();
        if (One(Hdf5Message.Dataspace) is not { } space || One(Hdf5Message.Datatype) is not { } type || One(Hdf5Message.Layout) is not { } layout)
            throw file.Damaged("has a data set without shape, type or layout");
        var set = new Hdf5DataSet(TypeOf(file, type), ShapeOf(file, space), layout, One(Hdf5Message.Filters) is { } filters ? FiltersOf(file, filters) : []);
        var limit = Math.Min(Limits.MaxFileBytes, MaxRatio * file.Length);
        var bytes = (double)Hdf5Array.SizeOf(set.Type);
        foreach (var extent in set.Shape) bytes *= extent;
        return bytes <= limit ? set : throw file.Damaged($"claims {bytes:F0} bytes of numbers, more than {limit}");
    }

    static int[] ShapeOf(Hdf5Bytes file, Hdf5Message message)
    {
        var (version, rank) = (file.Number(message.At, 1), file.Number(message.At + 1, 1));
        if (version is not (1 or 2) || rank > MaxRank) throw file.Damaged($"has a data set of {rank} dimensions");
        var shape = new int[rank];
        for (var i = 0; i < rank; i++)
            shape[i] = file.Number(message.At + (version == 1 ? 8 : 4) + (long)i * file.LengthSize, file.LengthSize) is >= 0 and <= int.MaxValue and var extent
                ? (int)extent
                : throw file.Damaged("has a data set of impossible size");
        return shape;
    }

    /// <summary>Class, byte order and size; for floating point also that the fields are IEEE's.</summary>
    static Hdf5Type TypeOf(Hdf5Bytes file, Hdf5Message message)
    {
        var (kind, bits, size) = (file.Number(message.At, 1) & 15, file.Number(message.At + 1, 1), file.Number(message.At + 4, 4));
        var littleEndian = (bits & 1) == 0;
        var signed = (bits & 8) != 0;
        var exponentBits = kind == 1 ? file.Number(message.At + 13, 1) : 0;
        return (kind, littleEndian, size, exponentBits) switch
        {
            (0, true, 2, _) when signed => Hdf5Type.Int16,
            (0, true, 4, _) when signed => Hdf5Type.Int32,
            (1, true, 2, 5) => Hdf5Type.Float16,
            (1, true, 4, 8) => Hdf5Type.Float32,
            (1, true, 8, 11) => Hdf5Type.Float64,
            _ => throw file.Unsupported($"numbers of class {kind} and {size} bytes"),
        };
    }

    static List<int> FiltersOf(Hdf5Bytes file, Hdf5Message message)
    {
        var (version, count) = (file.Number(message.At, 1), file.Number(message.At + 1, 1));
        if (version is not (1 or 2)) throw file.Damaged("has unknown filters");
        var filters = new List<int>();
        var at = message.At + (version == 1 ? 8 : 2);
        for (var i = 0; i < count; i++)
        {
            var id = (int)file.Number(at, 2);
            if (id is not (Deflate or Shuffle or Fletcher32)) throw file.Unsupported($"the filter {id}");
            var name = version == 1 ? file.Number(at + 2, 2) : 0;
            var values = file.Number(at + (version == 1 ? 6 : 4), 2);
            at += version == 1 ? 8 + (name + 7) / 8 * 8 + 4 * (values + values % 2) : 6 + 4 * values;
            filters.Add(id);
        }
        return filters;
    }
}
