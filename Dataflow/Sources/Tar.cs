using System.Globalization;
using System.Text;
using Flow.Dataflow.Codecs;
using Microsoft.Win32.SafeHandles;

namespace Flow.Dataflow.Sources;

/// <summary>A regular file inside a tar archive: where its bytes are.</summary>
readonly record struct TarEntry(string Name, long Offset, long Length);

/// <summary>
/// Finds the files of a tar archive (POSIX ustar and GNU) by reading its headers only, so that an archive inside an archive is just
/// another range of the same file and any image can be read from any thread.
/// </summary>
static class Tar
{
    const int Block = 512;

    public static IEnumerable<TarEntry> Entries(SafeFileHandle handle, string file, long start, long length)
    {
        var header = new byte[Block];
        var longName = "";
        for (var at = start; at + Block <= start + length;)
        {
            Limits.ReadAt(handle, header, at, file);
            if (header.AsSpan().IndexOfAnyExcept((byte)0) < 0) yield break;
            var size = Size(header, file, at);
            var data = at + Block;
            if (size > start + length - data) throw Damaged(file, $"is cut short: the entry at byte {at} claims {size} bytes");
            switch (header[156])
            {
                case (byte)'L':
                    var name = new byte[Math.Min(size, 4096)];
                    Limits.ReadAt(handle, name, data, file);
                    longName = Text(name);
                    break;
                case (byte)'0' or 0:
                    yield return new TarEntry(longName.Length > 0 ? longName : Name(header), data, size);
                    longName = "";
                    break;
            }
            at = data + (size + Block - 1) / Block * Block;
        }
    }

    /// <summary>The size field, after the header's checksum (the sum of its bytes, its own field counted as spaces) is found right.</summary>
    static long Size(byte[] header, string file, long at)
    {
        var sum = 8 * ' ';
        for (var i = 0; i < Block; i++)
            if (i is < 148 or >= 156) sum += header[i];
        if (Octal(header.AsSpan(148, 8)) != sum) throw Damaged(file, $"has no tar header at byte {at}");
        // GNU writes sizes over 8 GiB as big-endian binary with the top bit set.
        if (header[124] < 0x80) return Octal(header.AsSpan(124, 12)) is >= 0 and var size ? size : throw Damaged(file, $"has a damaged size at byte {at}");
        return System.Buffers.Binary.BinaryPrimitives.ReadInt64BigEndian(header.AsSpan(128)) is >= 0 and var large
            ? large
            : throw Damaged(file, $"has a damaged size at byte {at}");
    }

    static long Octal(ReadOnlySpan<byte> field)
    {
        long value = 0;
        foreach (var b in Encoding.ASCII.GetBytes(Text(field).Trim()))
        {
            if (b is < (byte)'0' or > (byte)'7') return -1;
            value = 8 * value + (b - '0');
        }
        return value;
    }

    /// <summary>ustar splits long names into a prefix and a name.</summary>
    static string Name(byte[] header)
    {
        var (name, prefix) = (Text(header.AsSpan(0, 100)), Text(header.AsSpan(345, 155)));
        var posix = header.AsSpan(257, 6).SequenceEqual("ustar\0"u8);
        return posix && prefix.Length > 0 ? string.Create(CultureInfo.InvariantCulture, $"{prefix}/{name}") : name;
    }

    static string Text(ReadOnlySpan<byte> field)
    {
        var end = field.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? field : field[..end]);
    }

    static BadFileException Damaged(string file, string problem) => new(file, problem, "fetch the archive again and check its md5");
}
