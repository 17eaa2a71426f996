using System.Runtime.InteropServices;

namespace Flow.Training.Checkpoints;

/// <summary>Writes directories that are either whole or not there: a temporary name beside the target, flushes, one rename.</summary>
internal static partial class AtomicDirectory
{
    /// <summary>Ends the names of directories that are being written; a leftover after a crash may be deleted.</summary>
    public const string TemporarySuffix = ".partial";

    /// <summary>
    /// Creates a directory, or exchanges an older one of the same name for it. When <paramref name="write"/> throws, the target is as it was.
    /// </summary>
    public static void Write(string path, Action<string> write)
    {
        var target = Path.GetFullPath(path);
        var parent = Path.GetDirectoryName(target)!;
        var temporary = Path.Combine(parent, $".{Path.GetFileName(target)}.{Guid.NewGuid():N}{TemporarySuffix}");
        Directory.CreateDirectory(temporary);
        try
        {
            write(temporary);
            foreach (var file in Directory.EnumerateFiles(temporary)) Flush(file, ReadOnly);
            Flush(temporary, ReadOnly | DirectoryOnly);
            var exchange = Directory.Exists(target);
            if (Rename(WorkingDirectory, temporary, WorkingDirectory, target, exchange ? Exchange : 0) != 0) throw Failed(target, "put in place");
            Flush(parent, ReadOnly | DirectoryOnly);
        }
        finally
        {
            if (Directory.Exists(temporary)) Directory.Delete(temporary, recursive: true);
        }
    }

    static void Flush(string path, int flags)
    {
        var descriptor = Open(path, flags);
        if (descriptor < 0) throw Failed(path, "opened to flush it");
        try
        {
            if (Sync(descriptor) != 0) throw Failed(path, "flushed");
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    static IOException Failed(string path, string what) => new($"{path}: can't be {what} (errno {Marshal.GetLastPInvokeError()})");

    const int WorkingDirectory = -100; // AT_FDCWD
    const int ReadOnly = 0;
    const int DirectoryOnly = 0x10000; // O_DIRECTORY on Linux
    const uint Exchange = 2; // RENAME_EXCHANGE

    [LibraryImport("libc", EntryPoint = "renameat2", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Rename(int fromDirectory, string from, int toDirectory, string to, uint flags);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Sync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int descriptor);
}
