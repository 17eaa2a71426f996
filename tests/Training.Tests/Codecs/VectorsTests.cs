using Flow.Training.Codecs;
using Xunit;

namespace Flow.Training.Tests.Codecs;

public sealed class VectorsTests
{
    [Theory]
    [InlineData(8)]
    [InlineData(3)]
    [InlineData(21)]
    public void SumOfScaled_HasTheBitsOfRowAfterRow(int columns)
    {
        var random = new Random(columns);
        float[] Draw(int count) => [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() - 0.5f)];
        var (matrix, factors, expected, sums) = (Draw(192 * columns), Draw(192), new float[columns], new float[columns]);
        for (var row = 0; row < factors.Length; row++) Vectors.AddScaled(expected, matrix.AsSpan(row * columns, columns), factors[row]);
        Vectors.SumOfScaled(sums, matrix, factors);
        Assert.Equal(expected.Select(BitConverter.SingleToUInt32Bits), sums.Select(BitConverter.SingleToUInt32Bits));
    }
}
