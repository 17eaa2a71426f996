using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Flow.Dataflow.Codecs;

/// <summary>Middlebury .flo: the float 202021.25 ("PIEH"), int32 width, int32 height, then rows of (u, v) floats, little endian.</summary>
public static class Flo
{
    const int Header = 12;

    public static FloatImage Decode(ReadOnlySpan<byte> bytes, string file)
    {
        if (bytes is not [(byte)'P', (byte)'I', (byte)'E', (byte)'H', _, _, _, _, _, _, _, _, ..])
            throw new BadFileException(file, "does not begin with the mark of a .flo file", "fetch the file again");
        var (width, height) = (BinaryPrimitives.ReadInt32LittleEndian(bytes[4..]), BinaryPrimitives.ReadInt32LittleEndian(bytes[8..]));
        Limits.CheckSize(file, width, height);
        if (bytes.Length != Header + 8L * width * height)
            throw new BadFileException(
                file, $"holds {bytes.Length} bytes, but {width} x {height} flow vectors take {Header + 8L * width * height}", "fetch the file again");
        return new FloatImage(height, width, 2, MemoryMarshal.Cast<byte, float>(bytes[Header..]).ToArray());
    }

    public static byte[] Encode(FloatImage flow)
    {
        var bytes = new byte[Header + sizeof(float) * flow.Values.Length];
        "PIEH"u8.CopyTo(bytes);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(4), flow.Width);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(8), flow.Height);
        MemoryMarshal.AsBytes(flow.Values.AsSpan()).CopyTo(bytes.AsSpan(Header));
        return bytes;
    }
}
