using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace Flow.Storage.Shards;

/// <summary>Between arrays of numbers and the little-endian bytes of a blob (every machine that .NET runs on today is little endian).</summary>
public static class BlobBytes
{
    public static byte[] Of<T>(ReadOnlySpan<T> values) where T : unmanaged => MemoryMarshal.AsBytes(values).ToArray();

    /// <summary>fp32 values rounded to half precision, as latents are stored.</summary>
    public static byte[] Halves(ReadOnlySpan<float> values)
    {
        var bytes = new byte[values.Length * sizeof(ushort)];
        TensorPrimitives.ConvertToHalf(values, MemoryMarshal.Cast<byte, Half>(bytes.AsSpan()));
        return bytes;
    }

    /// <summary>The half-precision values of a blob as fp32.</summary>
    public static void ToFloats(ReadOnlySpan<byte> halves, Span<float> into) =>
        HalfToSingle.Convert(MemoryMarshal.Cast<byte, Half>(halves), into);
}
