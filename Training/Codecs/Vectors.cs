using System.Numerics;
using System.Runtime.InteropServices;

namespace Flow.Training.Codecs;

/// <summary>
/// Sums by scaled rows. Elements never meet across lanes and nothing is contracted to a fused multiply-add, so that the result has
/// the same bits on every machine, whatever its vector width.
/// </summary>
static class Vectors
{
    /// <summary>into += factor x row.</summary>
    public static void AddScaled<T>(Span<T> into, ReadOnlySpan<T> row, T factor)
        where T : struct, INumber<T>
    {
        var wide = MemoryMarshal.Cast<T, Vector<T>>(into);
        var wideRow = MemoryMarshal.Cast<T, Vector<T>>(row[..into.Length]);
        var wideFactor = new Vector<T>(factor);
        for (var i = 0; i < wide.Length; i++) wide[i] += wideFactor * wideRow[i];
        for (var i = wide.Length * Vector<T>.Count; i < into.Length; i++) into[i] += factor * row[i];
    }

    /// <summary>into = the sum of factor x row over the rows of a matrix, in their order: as often <see cref="AddScaled"/>, with the sums kept in registers.</summary>
    public static void SumOfScaled(Span<float> into, ReadOnlySpan<float> matrix, ReadOnlySpan<float> factors)
    {
        var column = 0;
        for (; column <= into.Length - Vector<float>.Count; column += Vector<float>.Count)
        {
            var sum = Vector<float>.Zero;
            for (var row = 0; row < factors.Length; row++) sum += factors[row] * new Vector<float>(matrix[(row * into.Length + column)..]);
            sum.CopyTo(into[column..]);
        }
        for (; column < into.Length; column++)
        {
            into[column] = 0;
            for (var row = 0; row < factors.Length; row++) into[column] += factors[row] * matrix[row * into.Length + column];
        }
    }
}
