using System.Runtime.InteropServices;

namespace Flow.Storage.Files;

/// <summary>
/// What a rename needs to survive a power cut: the bytes of the file first, then the entry in its directory. .NET flushes files but
/// opens no directories, so that one call goes to libc.
/// </summary>
static partial class Durable
{
    /// <summary>Moves a finished file or directory to its final name on the same file system, in one step, for good.</summary>
    public static void Rename(string from, string to)
    {
        if (Directory.Exists(from)) Directory.Move(from, to);
        else File.Move(from, to, overwrite: true);
        FlushDirectory(Path.GetDirectoryName(Path.GetFullPath(to))!);
    }

    /// <summary>Flushes every file below a directory and the directories themselves.</summary>
    public static void FlushTree(string root)
    {
        foreach (var file in Directory.EnumerateFiles(root))
            using (var handle = File.OpenHandle(file, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite))
                RandomAccess.FlushToDisk(handle);
        foreach (var folder in Directory.EnumerateDirectories(root)) FlushTree(folder);
        FlushDirectory(root);
    }

    static void FlushDirectory(string directory)
    {
        var descriptor = OpenDirectory(directory, ReadOnlyDirectory);
        if (descriptor < 0) throw new IOException($"{directory}: can't be opened to flush it (errno {Marshal.GetLastPInvokeError()})");
        try
        {
            if (Flush(descriptor) != 0) throw new IOException($"{directory}: can't be flushed (errno {Marshal.GetLastPInvokeError()})");
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    const int ReadOnlyDirectory = 0x10000; // O_RDONLY | O_DIRECTORY on Linux

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenDirectory(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Flush(int descriptor);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int descriptor);
}
