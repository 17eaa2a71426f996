using Flow.Storage.Shards;
using static Flow.Dataflow.Codecs.Hdf5Native;

namespace Flow.Dataflow.Codecs;

/// <summary>Writes HDF5 files by libhdf5.</summary>
public static class Hdf5Writer
{
    const uint Truncate = 2;

    static readonly long Float16 = HalfPrecision();

    /// <summary>One data set named "dataset" of half-precision numbers in a gzip-compressed chunk, the way Hypersim's files are made.</summary>
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
            var set = H5Dcreate2(file, Hdf5.DataSet, Float16, space, 0, list, 0);
            failed |= set < 0 || H5Dwrite(set, Float16, 0, 0, 0, halves) < 0;
            _ = H5Dclose(set);
            _ = H5Pclose(list);
            _ = H5Sclose(space);
            failed |= H5Fclose(file) < 0;
            if (failed) throw new IOException($"{path}: could not be written; check that the disk is not full");
        }
    }

    /// <summary>IEEE half precision, which the library doesn't name: sign at bit 15, 5 bits of exponent from 10, 10 of mantissa, bias 15.</summary>
    static long HalfPrecision()
    {
        lock (Gate)
        {
            _ = H5open();
            _ = H5Eset_auto2(0, 0, 0);
            var type = H5Tcopy(Global("H5T_IEEE_F32LE_g"));
            _ = H5Tset_fields(type, 15, 10, 5, 0, 10);
            _ = H5Tset_size(type, 2);
            _ = H5Tset_ebias(type, 15);
            return type;
        }
    }
}
