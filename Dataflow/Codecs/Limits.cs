namespace Flow.Dataflow.Codecs;

/// <summary>What a single file may ask of memory. Checked against headers before anything is allocated, so that a small file can't claim a huge image.</summary>
public static class Limits
{
    /// <summary>Width or height in pixels; four times the largest photograph of ImageNet.</summary>
    public const int MaxSide = 20_000;

    /// <summary>Pixels of one image: 64 Mi, 192 MiB as RGB bytes.</summary>
    public const int MaxPixels = 1 << 26;

    /// <summary>Bytes of one file of one sample.</summary>
    public const long MaxFileBytes = 512L << 20;

    /// <summary>Refuses empty, negative and oversized images.</summary>
    internal static void CheckSize(string file, long width, long height)
    {
        if (width < 1 || height < 1)
            throw new BadFileException(file, $"its header says {width} x {height} pixels", "fetch the file again");
        if (width > MaxSide || height > MaxSide || width * height > MaxPixels)
            throw new BadFileException(
                file, $"its header says {width} x {height} pixels, more than {MaxSide} a side or {MaxPixels} in all", "shrink the image or remove it");
    }

    /// <summary>Reads a whole file of at most <see cref="MaxFileBytes"/>; a missing or unreadable one is named with a remedy.</summary>
    public static byte[] ReadFile(string path)
    {
        try
        {
            using var handle = File.OpenHandle(path, options: FileOptions.SequentialScan);
            var length = RandomAccess.GetLength(handle);
            CheckLength(path, length);
            var bytes = new byte[length];
            ReadAt(handle, bytes, 0, path);
            return bytes;
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new BadFileException(path, "does not exist", "check the folder's layout in docs/datasets.md", error);
        }
        catch (UnauthorizedAccessException error)
        {
            throw new BadFileException(path, "can't be read", "check its permissions", error);
        }
    }

    internal static void CheckLength(string file, long length)
    {
        if (length == 0) throw new BadFileException(file, "is empty", "fetch the file again");
        if (length > MaxFileBytes) throw new BadFileException(file, $"has {length} bytes, more than {MaxFileBytes}", "remove it");
    }

    internal static void ReadAt(Microsoft.Win32.SafeHandles.SafeFileHandle handle, Span<byte> into, long offset, string file)
    {
        for (var done = 0; done < into.Length;)
        {
            var read = RandomAccess.Read(handle, into[done..], offset + done);
            if (read == 0) throw new BadFileException(file, $"ends {into.Length - done} bytes early", "fetch the file again");
            done += read;
        }
    }
}
