namespace Flow.Storage.Files;

/// <summary>Writes files that are either whole or not there: a temporary name beside the target, a flush, a rename.</summary>
public static class AtomicFile
{
    /// <summary>Ends the names of files that are being written. A reader of a folder skips them; a leftover after a crash may be deleted.</summary>
    public const string TemporarySuffix = ".partial";

    /// <summary>Replaces or creates a file. When <paramref name="write"/> throws, the target is as it was and nothing is left behind.</summary>
    /// <exception cref="DiskFullException">There was no room for it.</exception>
    public static void Write(string path, Action<Stream> write) => WriteThrough(path, temporary =>
    {
        using var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 16);
        write(stream);
    });

    public static void WriteText(string path, string text) => Write(path, stream =>
    {
        using var writer = new StreamWriter(stream);
        writer.Write(text);
    });

    /// <summary>For writers that open the file themselves: <paramref name="write"/> gets the temporary path and closes what it opens.</summary>
    public static void WriteThrough(string path, Action<string> write)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        Directory.CreateDirectory(folder);
        var temporary = Path.Combine(folder, $".{Path.GetFileName(path)}.{Guid.NewGuid():N}{TemporarySuffix}");
        try
        {
            write(temporary);
            using (var handle = File.OpenHandle(temporary, FileMode.Open, FileAccess.ReadWrite)) RandomAccess.FlushToDisk(handle);
            Durable.Rename(temporary, path);
        }
        catch (Exception failure)
        {
            File.Delete(temporary);
            if (failure is IOException full && DiskFullException.Is(full)) throw new DiskFullException(path, full);
            throw;
        }
    }
}
