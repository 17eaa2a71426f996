using System.Runtime.InteropServices;

namespace Flow.Dataflow.Codecs;

/// <summary>The few functions of libhdf5 that writing takes, under their own names (HDF5 1.10 to 1.14, 64-bit identifiers).</summary>
static partial class Hdf5Native
{
    const string Lib = NativeLibraries.Hdf5;

    /// <summary>Debian's library is built without locks: one thread at a time may be inside it.</summary>
    public static readonly Lock Gate = new();

    static readonly nint Library = NativeLibraries.LoadHdf5();

    /// <summary>An identifier that the library keeps in a global variable, e.g. H5T_IEEE_F32LE_g; set by H5open.</summary>
    public static long Global(string name)
    {
        _ = H5open();
        return Marshal.ReadInt64(NativeLibrary.GetExport(Library, name));
    }

    [LibraryImport(Lib)]
    public static partial int H5open();

    [LibraryImport(Lib)]
    public static partial int H5Eset_auto2(long stack, nint function, nint data);

    [LibraryImport(Lib, StringMarshalling = StringMarshalling.Utf8)]
    public static partial long H5Fcreate(string path, uint flags, long creation, long access);

    [LibraryImport(Lib)]
    public static partial int H5Fclose(long file);

    [LibraryImport(Lib, StringMarshalling = StringMarshalling.Utf8)]
    public static partial long H5Dcreate2(long place, string name, long type, long space, long linkCreation, long creation, long access);

    [LibraryImport(Lib)]
    public static partial int H5Dclose(long set);

    [LibraryImport(Lib)]
    public static partial int H5Dwrite(long set, long memoryType, long memorySpace, long fileSpace, long transfer, ReadOnlySpan<byte> from);

    [LibraryImport(Lib)]
    public static partial long H5Screate_simple(int rank, ReadOnlySpan<ulong> dimensions, nint maximum);

    [LibraryImport(Lib)]
    public static partial int H5Sclose(long space);

    [LibraryImport(Lib)]
    public static partial long H5Tcopy(long type);

    [LibraryImport(Lib)]
    public static partial int H5Tset_fields(long type, nuint sign, nuint exponent, nuint exponentBits, nuint mantissa, nuint mantissaBits);

    [LibraryImport(Lib)]
    public static partial int H5Tset_size(long type, nuint bytes);

    [LibraryImport(Lib)]
    public static partial int H5Tset_ebias(long type, nuint bias);

    [LibraryImport(Lib)]
    public static partial long H5Pcreate(long kind);

    [LibraryImport(Lib)]
    public static partial int H5Pclose(long list);

    [LibraryImport(Lib)]
    public static partial int H5Pset_chunk(long list, int rank, ReadOnlySpan<ulong> dimensions);

    [LibraryImport(Lib)]
    public static partial int H5Pset_obj_track_times(long list, byte track);

    [LibraryImport(Lib)]
    public static partial int H5Pset_deflate(long list, uint level);
}
