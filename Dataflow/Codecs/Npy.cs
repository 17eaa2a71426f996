using System.Runtime.InteropServices;
using System.Text;

namespace Flow.Dataflow.Codecs;

/// <summary>NumPy's .npy format, version 1.0: written for people who want arrays out of the lab.</summary>
public static class Npy
{
    public static byte[] Encode(ReadOnlySpan<float> values, params ReadOnlySpan<int> shape) =>
        [.. Header("<f4", shape), .. MemoryMarshal.AsBytes(values)];

    public static byte[] Encode(ReadOnlySpan<long> values, params ReadOnlySpan<int> shape) =>
        [.. Header("<i8", shape), .. MemoryMarshal.AsBytes(values)];

    /// <summary>Magic, version, length, and a Python dictionary padded so that the numbers begin at a multiple of 64.</summary>
    static byte[] Header(string type, ReadOnlySpan<int> shape)
    {
        var extents = string.Concat(shape.ToArray().Select(extent => $"{extent}, "));
        var text = $"{{'descr': '{type}', 'fortran_order': False, 'shape': ({extents}), }}";
        var padded = text.PadRight((text.Length + 11 + 63) / 64 * 64 - 11) + "\n";
        return [0x93, .. "NUMPY"u8, 1, 0, (byte)padded.Length, (byte)(padded.Length >> 8), .. Encoding.ASCII.GetBytes(padded)];
    }
}
