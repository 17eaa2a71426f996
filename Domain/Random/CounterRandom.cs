namespace Flow.Domain.Random;

/// <summary>What a random number is for; part of its key, so that no two uses ever share a stream.</summary>
public enum Purpose
{
    Order = 1,
    Flip = 2,
    Noise = 3,
    Timestep = 4,
    LabelDrop = 5,
    SamplerNoise = 6,
    Initialisation = 7,
    Bootstrap = 8,
    Scene = 9,
    Sweep = 10,
    Mixture = 11,
    HeldOut = 12,
}

/// <summary>
/// A counter-based generator: Philox4x32-10 (Salmon et al., "Parallel Random Numbers: As Easy as 1, 2, 3", SC 2011).
/// The value at (seed, purpose, epoch, sample, index) is a pure function of those five, so that a resumed run, any number of
/// threads and any number of workers draw the same numbers without any state to save.
/// </summary>
public readonly struct CounterRandom(int seed, Purpose purpose, int epoch, long sample)
{
    readonly uint key0 = unchecked((uint)seed);
    readonly uint key1 = unchecked((uint)purpose * 0x9E3779B9u + (uint)epoch);
    readonly uint sampleLow = unchecked((uint)sample);
    readonly uint sampleHigh = unchecked((uint)(sample >> 32));

    /// <summary>Four independent 32-bit words at a 64-bit index.</summary>
    public (uint A, uint B, uint C, uint D) Words(long index)
    {
        var (c0, c1, c2, c3) = (unchecked((uint)index), unchecked((uint)(index >> 32)), sampleLow, sampleHigh);
        var (k0, k1) = (key0, key1);
        for (var round = 0; round < 10; round++)
        {
            var p0 = 0xD2511F53UL * c0;
            var p1 = 0xCD9E8D57UL * c2;
            (c0, c1, c2, c3) = ((uint)(p1 >> 32) ^ c1 ^ k0, (uint)p1, (uint)(p0 >> 32) ^ c3 ^ k1, (uint)p0);
            unchecked
            {
                k0 += 0x9E3779B9;
                k1 += 0xBB67AE85;
            }
        }
        return (c0, c1, c2, c3);
    }

    /// <summary>Uniform in [0, 1) with 53 bits.</summary>
    public double Uniform(long index)
    {
        var (a, b, _, _) = Words(index);
        return ((((ulong)a << 32) | b) >> 11) * (1.0 / (1UL << 53));
    }

    /// <summary>Uniform integer in [0, bound), unbiased to 2^-64 relative (Lemire's multiply-shift on 64 bits).</summary>
    public long Below(long index, long bound)
    {
        var (a, b, _, _) = Words(index);
        return (long)Math.BigMul(((ulong)a << 32) | b, (ulong)bound, out _);
    }

    /// <summary>Fills with standard normals by Box-Muller; element i depends on i alone, not on the length.</summary>
    public void Normal(Span<float> into)
    {
        for (var i = 0; i < into.Length; i += 4)
        {
            var (a, b, c, d) = Words(i >> 2);
            var (n0, n1) = BoxMuller(a, b);
            into[i] = n0;
            if (i + 1 < into.Length) into[i + 1] = n1;
            if (i + 2 >= into.Length) return;
            var (n2, n3) = BoxMuller(c, d);
            into[i + 2] = n2;
            if (i + 3 < into.Length) into[i + 3] = n3;
        }
    }

    static (float, float) BoxMuller(uint a, uint b)
    {
        var radius = MathF.Sqrt(-2 * MathF.Log((a + 0.5f) * (1f / 4294967296f)));
        var (sin, cos) = MathF.SinCos(b * (MathF.Tau / 4294967296f));
        return (radius * cos, radius * sin);
    }
}
