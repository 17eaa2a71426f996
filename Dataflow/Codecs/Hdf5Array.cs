using System.Runtime.InteropServices;

namespace Flow.Dataflow.Codecs;

/// <summary>Element type of a data set, little endian.</summary>
public enum Hdf5Type
{
    Float16,
    Float32,
    Float64,
    Int16,
    Int32,
}

/// <summary>The numbers of one data set as they are in the file.</summary>
/// <param name="Shape">Its dimensions, outermost first; empty for a single number.</param>
public sealed record Hdf5Array(Hdf5Type Type, int[] Shape, byte[] Bytes)
{
    public static int SizeOf(Hdf5Type type) => type switch
    {
        Hdf5Type.Float64 => 8,
        Hdf5Type.Float32 or Hdf5Type.Int32 => 4,
        _ => 2,
    };

    public float[] ToSingles() => Type switch
    {
        Hdf5Type.Float16 => Convert<Half>(value => (float)value),
        Hdf5Type.Float32 => Convert<float>(value => value),
        Hdf5Type.Float64 => Convert<double>(value => (float)value),
        Hdf5Type.Int16 => Convert<short>(value => value),
        _ => Convert<int>(value => value),
    };

    public double[] ToDoubles() => Type == Hdf5Type.Float64
        ? MemoryMarshal.Cast<byte, double>(Bytes).ToArray()
        : Array.ConvertAll(ToSingles(), value => (double)value);

    float[] Convert<T>(Func<T, float> convert) where T : unmanaged
    {
        var from = MemoryMarshal.Cast<byte, T>(Bytes);
        var values = new float[from.Length];
        for (var i = 0; i < values.Length; i++) values[i] = convert(from[i]);
        return values;
    }
}
