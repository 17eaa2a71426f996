using System.Numerics;
using System.Runtime.CompilerServices;
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

    /// <summary>Cuts a line into pieces as long as <paramref name="mean"/> and lays each without it at the next multiple of the stride.</summary>
    public static void Differences(Span<float> into, int stride, ReadOnlySpan<float> line, ReadOnlySpan<float> mean)
    {
        var pieces = line.Length / mean.Length;
        ArgumentOutOfRangeException.ThrowIfLessThan(into.Length, (pieces - 1) * stride + mean.Length);
        ref var to = ref MemoryMarshal.GetReference(into);
        ref var from = ref MemoryMarshal.GetReference(line);
        var i = 0;
        for (; i <= mean.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            var less = new Vector<float>(mean[i..]);
            for (var piece = 0; piece < pieces; piece++)
                (Vector.LoadUnsafe(ref from, (nuint)(piece * mean.Length + i)) - less).StoreUnsafe(ref to, (nuint)(piece * stride + i));
        }
        for (; i < mean.Length; i++)
            for (var piece = 0; piece < pieces; piece++) Unsafe.Add(ref to, piece * stride + i) = Unsafe.Add(ref from, piece * mean.Length + i) - mean[i];
    }

    /// <summary>
    /// into [n, columns] = factors [n, rows] x matrix [rows, columns], each sum in the order of the rows: as often <see cref="AddScaled"/>,
    /// with the sums in registers and four of them at a time, since an addition takes four times as long as it takes to begin the next.
    /// </summary>
    public static void Product(Span<float> into, ReadOnlySpan<float> factors, ReadOnlySpan<float> matrix, int rows)
    {
        var (columns, count) = (matrix.Length / rows, factors.Length / rows);
        var n = 0;
        for (; n <= count - 4; n += 4) Four(into.Slice(n * columns, 4 * columns), factors.Slice(n * rows, 4 * rows), matrix, rows);
        for (; n < count; n++) One(into.Slice(n * columns, columns), factors.Slice(n * rows, rows), matrix, from: 0);
    }

    static void Four(Span<float> into, ReadOnlySpan<float> factors, ReadOnlySpan<float> matrix, int rows)
    {
        var columns = into.Length / 4;
        ref var first = ref MemoryMarshal.GetReference(factors);
        ref var second = ref Unsafe.Add(ref first, rows);
        ref var third = ref Unsafe.Add(ref second, rows);
        ref var fourth = ref Unsafe.Add(ref third, rows);
        var column = 0;
        for (; column <= columns - Vector<float>.Count; column += Vector<float>.Count)
        {
            var (a, b, c, d) = (Vector<float>.Zero, Vector<float>.Zero, Vector<float>.Zero, Vector<float>.Zero);
            for (var row = 0; row < rows; row++)
            {
                var values = Vector.LoadUnsafe(ref MemoryMarshal.GetReference(matrix), (nuint)(row * columns + column));
                a += Unsafe.Add(ref first, row) * values;
                b += Unsafe.Add(ref second, row) * values;
                c += Unsafe.Add(ref third, row) * values;
                d += Unsafe.Add(ref fourth, row) * values;
            }
            a.CopyTo(into[column..]);
            b.CopyTo(into[(columns + column)..]);
            c.CopyTo(into[(2 * columns + column)..]);
            d.CopyTo(into[(3 * columns + column)..]);
        }
        for (var n = 0; n < 4; n++) One(into.Slice(n * columns, columns), factors.Slice(n * rows, rows), matrix, column);
    }

    static void One(Span<float> into, ReadOnlySpan<float> factors, ReadOnlySpan<float> matrix, int from)
    {
        for (var column = from; column < into.Length; column++)
        {
            var sum = 0f;
            for (var row = 0; row < factors.Length; row++) sum += factors[row] * matrix[row * into.Length + column];
            into[column] = sum;
        }
    }
}
