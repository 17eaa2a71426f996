namespace Flow.Dataflow.Codecs;

/// <summary>
/// Reads data sets of numbers from HDF5 files, in managed code: libhdf5 takes one thread at a time, and version 1.10 ends the process
/// on some damaged files (a segmentation fault in our fuzz test). Files are written by libhdf5 (<see cref="Hdf5Writer"/>).
/// </summary>
public static class Hdf5
{
    /// <summary>The name that Hypersim gives to the only data set of a file.</summary>
    public const string DataSet = "dataset";

    public static Hdf5Array Read(string path, string name = DataSet) => Decode(Limits.ReadFile(path), path, name);

    /// <param name="path">The name to report in errors.</param>
    public static Hdf5Array Decode(byte[] bytes, string path, string name = DataSet)
    {
        var file = new Hdf5Bytes(bytes, path);
        var messages = Hdf5Objects.Find(file, name);
        if (messages.Count == 0) throw new BadFileException(path, $"has no data set \"{name}\"", "check that it is the file it should be");
        var set = Hdf5DataSet.Read(file, messages);
        return new Hdf5Array(set.Type, set.Shape, Hdf5Chunks.Unpack(file, set));
    }
}
