using System.Globalization;
using System.Text.Json.Serialization;

namespace Flow.Storage.Shards;

/// <summary>
/// Proof that a set of samples was seen, each exactly once, in whatever order: their number, and the wrapping sum of a 64-bit mix of their
/// ids. Two different multisets agree by accident with probability 2^-64.
/// </summary>
public readonly record struct SampleLedger(
    long Count,
    [property: JsonNumberHandling(JsonNumberHandling.WriteAsString | JsonNumberHandling.AllowReadingFromString)] ulong Hash)
{
    public SampleLedger Add(long id) => new(Count + 1, unchecked(Hash + Mix((ulong)id)));

    public SampleLedger Add(SampleLedger other) => new(Count + other.Count, unchecked(Hash + other.Hash));

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Count}:{Hash:x16}");

    /// <summary>The finalizer of SplitMix64 (Steele, Lea and Flood, 2014).</summary>
    static ulong Mix(ulong value)
    {
        unchecked
        {
            value += 0x9E3779B97F4A7C15;
            value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
            value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
            return value ^ (value >> 31);
        }
    }
}
