using System.Buffers.Binary;
using System.Text;

namespace Flow.Dataflow.Codecs;

/// <summary>
/// The bytes of an HDF5 file and the widths of its numbers. Every read is checked: what points out of the file is damage, with the
/// file's name.
/// </summary>
sealed class Hdf5Bytes(byte[] bytes, string path)
{
    /// <summary>Structures that may still be followed: a file can't hold more than this, so that a loop of pointers ends.</summary>
    int budget = bytes.Length / 16 + 64;

    /// <summary>Width of an address, from the superblock.</summary>
    public int OffsetSize { get; set; } = 8;

    /// <summary>Width of a length, from the superblock.</summary>
    public int LengthSize { get; set; } = 8;

    public long Length => bytes.Length;

    public ReadOnlySpan<byte> Slice(long at, long length) => at >= 0 && length >= 0 && at <= bytes.Length - length
        ? bytes.AsSpan((int)at, (int)length)
        : throw Damaged($"points at bytes {at} to {at + length} of {bytes.Length}");

    /// <summary>A little-endian number of 1, 2, 4 or 8 bytes; one with the top bit set, as in the address "undefined", is negative.</summary>
    public long Number(long at, int width) => width switch
    {
        1 => Slice(at, 1)[0],
        2 => BinaryPrimitives.ReadUInt16LittleEndian(Slice(at, 2)),
        4 => BinaryPrimitives.ReadUInt32LittleEndian(Slice(at, 4)),
        _ => BinaryPrimitives.ReadInt64LittleEndian(Slice(at, 8)),
    };

    public long Offset(long at) => Number(at, OffsetSize);

    public void Expect(long at, ReadOnlySpan<byte> signature)
    {
        if (--budget < 0) throw Damaged("is tied in a loop");
        if (!Slice(at, signature.Length).SequenceEqual(signature)) throw Damaged($"has no {Encoding.ASCII.GetString(signature)} at byte {at}");
    }

    /// <summary>Text up to its closing zero.</summary>
    public string Text(long at)
    {
        var rest = Slice(at, bytes.Length - Math.Min(at, bytes.Length));
        var end = rest.IndexOf((byte)0);
        return end >= 0 ? Encoding.UTF8.GetString(rest[..end]) : throw Damaged("has a name without an end");
    }

    public BadFileException Damaged(string problem, Exception? cause = null) =>
        new(path, $"is not a sound HDF5 file: it {problem}", "fetch the file again or remove it", cause);

    public BadFileException Unsupported(string what) =>
        new(path, $"uses {what}, which is not read here", "rewrite it as h5py does by default: h5repack --low=0 --high=0 -f GZIP=9 IN OUT");
}
