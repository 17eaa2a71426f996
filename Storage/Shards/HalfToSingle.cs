using System.Numerics.Tensors;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Flow.Storage.Shards;

/// <summary>
/// Half precision to single, exactly. With AVX-512 sixteen numbers at a time, written past the caches: a batch is larger than they are,
/// and a store that first fetches what it overwrites costs a fifth of the whole stream's time (bench/run data).
/// </summary>
static unsafe class HalfToSingle
{
    const int Shift = 23 - 10;
    const int Rebias = (127 - 15) << 23;
    const int SignAndMagnitude = unchecked((int)0x8FFFE000), Exponent = 0x1F << 23;

    /// <param name="into">As long as <paramref name="halves"/>.</param>
    public static void Convert(ReadOnlySpan<Half> halves, Span<float> into)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(into.Length, halves.Length);
        if (!Avx512F.IsSupported)
        {
            TensorPrimitives.ConvertToSingle(halves, into);
            return;
        }
        fixed (Half* from = halves)
        fixed (float* to = into)
        {
            var (at, count) = (0, halves.Length);
            for (; at < count && ((nuint)(to + at) & 63) != 0; at++) to[at] = (float)from[at];
            for (; at <= count - Vector512<float>.Count; at += Vector512<float>.Count) Avx512F.StoreAlignedNonTemporal(to + at, Sixteen((short*)(from + at)));
            for (; at < count; at++) to[at] = (float)from[at];
        }
        Sse.StoreFence(); // before another thread is told of the batch
    }

    /// <summary>Normal numbers only need another bias of the exponent; the others, which latents hardly have, are done one by one.</summary>
    static Vector512<float> Sixteen(short* halves)
    {
        var bits = (Avx512F.ConvertToVector512Int32(Vector256.Load(halves)) << Shift) & Vector512.Create(SignAndMagnitude);
        // Exponents 1 to 30 become 0 to 29; 0 (zero, subnormal) and 31 (infinity, NaN) are above as unsigned numbers.
        var exponent = (bits & Vector512.Create(Exponent)) - Vector512.Create(1 << 23);
        return Vector512.GreaterThanAny(exponent.AsUInt32(), Vector512.Create(29u << 23)) ? OneByOne(halves) : (bits + Vector512.Create(Rebias)).AsSingle();
    }

    static Vector512<float> OneByOne(short* halves)
    {
        var values = stackalloc float[Vector512<float>.Count];
        for (var i = 0; i < Vector512<float>.Count; i++) values[i] = (float)((Half*)halves)[i];
        return Vector512.Load(values);
    }
}
