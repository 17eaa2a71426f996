using Flow.Storage.Shards;
using Flow.TestData;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Flow.Storage.Tests.Shards;

public sealed class BlobBytesTests
{
    [Fact]
    public void EveryHalf_SurvivesTheWayToFloatAndBack()
    {
        var halves = Enumerable.Range(0, 1 << 16).Select(bits => BitConverter.UInt16BitsToHalf((ushort)bits)).Where(Half.IsFinite).ToArray();
        var floats = new float[halves.Length];
        BlobBytes.ToFloats(BlobBytes.Of<Half>(halves), floats);
        Assert.Equal(BlobBytes.Of<Half>(halves), BlobBytes.Halves(floats));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(16)]
    public void EveryHalf_BecomesTheSameFloat_WhereverItLies(int shift)
    {
        var halves = Enumerable.Range(0, 1 << 16).Select(bits => BitConverter.UInt16BitsToHalf((ushort)bits)).Skip(shift).ToArray();
        var floats = new float[halves.Length + shift];
        BlobBytes.ToFloats(BlobBytes.Of<Half>(halves), floats.AsSpan(shift));
        for (var i = 0; i < halves.Length; i++) Assert.Equal(BitConverter.SingleToUInt32Bits((float)halves[i]), BitConverter.SingleToUInt32Bits(floats[i + shift]));
    }

    [Fact]
    public void Halves_RoundToNearestEven() => Prop.ForAll<float>(value =>
    {
        var bytes = BlobBytes.Halves([value]);
        return BitConverter.ToHalf(bytes).Equals((Half)value);
    }).Check(PropertySeed.Config);

    [Fact]
    public void ByteCount_IsElementsTimesWidth()
    {
        Assert.Equal(4 * 32 * 32 * 2, new BlobSpec(BlobSpec.Latents, BlobType.Float16, [4, 32, 32]).ByteCount);
        Assert.Equal(64 * 64 * 4, new BlobSpec(BlobSpec.Truth, BlobType.Float32, [64, 64]).ByteCount);
        Assert.Equal(64, new BlobSpec(BlobSpec.Truth, BlobType.UInt8, [8, 8]).ByteCount);
    }
}
