using Flow.Training.Codecs;
using Xunit;

namespace Flow.Training.Tests.Codecs;

public sealed class VectorsTests
{
    [Theory]
    [InlineData(8, 1)]
    [InlineData(8, 4)]
    [InlineData(3, 5)]
    [InlineData(21, 11)]
    public void Product_HasTheBitsOfRowAfterRow(int columns, int count)
    {
        const int rows = 192;
        var random = new Random(columns);
        float[] Draw(int length) => [.. Enumerable.Range(0, length).Select(_ => random.NextSingle() - 0.5f)];
        var (matrix, factors, expected, product) = (Draw(rows * columns), Draw(count * rows), new float[count * columns], new float[count * columns]);
        for (var n = 0; n < count; n++)
            for (var row = 0; row < rows; row++)
                Vectors.AddScaled(expected.AsSpan(n * columns, columns), matrix.AsSpan(row * columns, columns), factors[n * rows + row]);
        Vectors.Product(product, factors, matrix, rows);
        Assert.Equal(expected.Select(BitConverter.SingleToUInt32Bits), product.Select(BitConverter.SingleToUInt32Bits));
    }
}
