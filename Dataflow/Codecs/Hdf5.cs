using Flow.Storage.Shards;
using static Flow.Dataflow.Codecs.Hdf5Native;

namespace Flow.Dataflow.Codecs;

/// <summary>
/// Data sets of numbers in HDF5 files by libhdf5. The library may be entered by one thread at a time, so that it only finds
/// the chunks; inflating them, which takes nearly all the time, happens outside and in parallel (<see cref="Hdf5Chunks"/>).
/// </summary>
public static class Hdf5
{
    /// <summary>The name that h5py scripts of Hypersim give to the only data set of a file.</summary>
    public const string DataSet = "dataset";

    /// <summary>Largest number of dimensions of a data set we take.</summary>
    const int MaxRank = 8;

    const uint ReadOnly = 0;
    const uint Truncate = 2;
    const int Chunked = 2;

    static readonly Dictionary<Hdf5Type, long> Types = KnownTypes();

    public static Hdf5Array Read(string path, string name = DataSet)
    {
        if (!File.Exists(path)) throw new BadFileException(path, "does not exist", "check the folder's layout in docs/datasets.md");
        Limits.CheckLength(path, new FileInfo(path).Length);
        Hdf5Chunks? packed = null;
        Hdf5Array array;
        lock (Gate)
        {
            var file = H5Fopen(path, ReadOnly, 0);
            if (file < 0) throw Damaged(path, "is not a whole HDF5 file");
            try
            {
                array = ReadSet(file, path, name, out packed);
            }
            finally
            {
                _ = H5Fclose(file);
            }
        }
        packed?.Unpack(array, path);
        return array;
    }

    /// <summary>Writes one data set of half-precision numbers in gzip-compressed chunks, the way Hypersim's files are made.</summary>
    public static void WriteHalves(string path, ReadOnlySpan<float> values, params ReadOnlySpan<int> shape)
    {
        var halves = BlobBytes.Halves(values);
        Span<ulong> extents = stackalloc ulong[shape.Length];
        for (var i = 0; i < shape.Length; i++) extents[i] = (ulong)shape[i];
        lock (Gate)
        {
            var file = H5Fcreate(path, Truncate, 0, 0);
            if (file < 0) throw new IOException($"{path}: can't be created; check that the folder exists, is writable and not full");
            var space = H5Screate_simple(extents.Length, extents, 0);
            var list = H5Pcreate(Global("H5P_CLS_DATASET_CREATE_ID_g"));
            // Without the time of writing, so that equal numbers give equal files.
            var failed = H5Pset_chunk(list, extents.Length, extents) < 0 || H5Pset_deflate(list, 1) < 0 || H5Pset_obj_track_times(list, 0) < 0;
            var set = H5Dcreate2(file, DataSet, Types[Hdf5Type.Float16], space, 0, list, 0);
            failed |= set < 0 || H5Dwrite(set, Types[Hdf5Type.Float16], 0, 0, 0, halves) < 0;
            _ = H5Dclose(set);
            _ = H5Pclose(list);
            _ = H5Sclose(space);
            failed |= H5Fclose(file) < 0;
            if (failed) throw new IOException($"{path}: could not be written; check that the disk is not full");
        }
    }

    static Hdf5Array ReadSet(long file, string path, string name, out Hdf5Chunks? packed)
    {
        var set = H5Dopen2(file, name, 0);
        if (set < 0) throw Damaged(path, $"has no data set \"{name}\"");
        try
        {
            var type = TypeOf(set, path);
            var shape = ShapeOf(set, path);
            var bytes = shape.Aggregate((long)Hdf5Array.SizeOf(type), (product, extent) => checked(product * extent));
            if (bytes > Limits.MaxFileBytes) throw Damaged(path, $"claims {bytes} bytes of numbers, more than {Limits.MaxFileBytes}");
            var array = new Hdf5Array(type, shape, new byte[bytes]);
            packed = Hdf5Chunks.Find(set, array, path);
            if (packed is null && H5Dread(set, Types[type], 0, 0, 0, array.Bytes) < 0) throw Damaged(path, $"has unreadable data in \"{name}\"");
            return array;
        }
        finally
        {
            _ = H5Dclose(set);
        }
    }

    static Hdf5Type TypeOf(long set, string path)
    {
        var type = H5Dget_type(set);
        try
        {
            foreach (var (known, id) in Types)
                if (H5Tequal(type, id) > 0) return known;
        }
        finally
        {
            _ = H5Tclose(type);
        }
        throw Damaged(path, $"holds no little-endian numbers of a known type ({string.Join(", ", Types.Keys)})");
    }

    static int[] ShapeOf(long set, string path)
    {
        var space = H5Dget_space(set);
        var rank = H5Sget_simple_extent_ndims(space);
        Span<ulong> extents = stackalloc ulong[MaxRank];
        var failed = rank is < 0 or > MaxRank || H5Sget_simple_extent_dims(space, extents, 0) < 0;
        _ = H5Sclose(space);
        if (failed) throw Damaged(path, $"has a data set of {rank} dimensions");
        var shape = new int[rank];
        for (var i = 0; i < rank; i++)
            shape[i] = extents[i] <= Limits.MaxFileBytes ? (int)extents[i] : throw Damaged(path, $"claims an extent of {extents[i]}");
        return shape;
    }

    static Dictionary<Hdf5Type, long> KnownTypes()
    {
        lock (Gate)
        {
            _ = H5open();
            _ = H5Eset_auto2(0, 0, 0);
            return new Dictionary<Hdf5Type, long>
            {
                [Hdf5Type.Float16] = HalfPrecision(),
                [Hdf5Type.Float32] = Global("H5T_IEEE_F32LE_g"),
                [Hdf5Type.Float64] = Global("H5T_IEEE_F64LE_g"),
                [Hdf5Type.Int16] = Global("H5T_STD_I16LE_g"),
                [Hdf5Type.Int32] = Global("H5T_STD_I32LE_g"),
            };
        }
    }

    /// <summary>IEEE half precision, which the library doesn't name: sign at bit 15, 5 bits of exponent from 10, 10 of mantissa, bias 15.</summary>
    static long HalfPrecision()
    {
        var type = H5Tcopy(Global("H5T_IEEE_F32LE_g"));
        _ = H5Tset_fields(type, 15, 10, 5, 0, 10);
        _ = H5Tset_size(type, 2);
        _ = H5Tset_ebias(type, 15);
        return type;
    }

    internal static BadFileException Damaged(string path, string problem, Exception? cause = null) =>
        new(path, problem, "fetch the file again or remove it", cause);

    internal static bool IsChunked(long list) => H5Pget_layout(list) == Chunked;
}
