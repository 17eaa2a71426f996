using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Flow.Dataflow.Codecs;

namespace Flow.Dataflow.Preprocess;

/// <summary>A resampling kernel: its value at a distance in source pixels, and the distance beyond which it is zero.</summary>
public enum Kernel
{
    Box,
    Bilinear,

    /// <summary>Keys' cubic with a = -0.5.</summary>
    Bicubic,
}

/// <summary>
/// Resizes 8-bit images with the arithmetic of Pillow's Image.resize, which DiT's preprocessing is built on: the kernel is
/// widened when shrinking (antialiasing), weights are fixed-point with 22 bits, columns first and then rows, bytes between.
/// </summary>
public static class Resample
{
    const int Precision = 22;
    const int Half = 1 << Precision - 1;

    public static RgbImage Resize(RgbImage image, int height, int width, Kernel kernel)
    {
        var pixels = image.Pixels;
        if (width != image.Width) pixels = Columns(pixels, image.Height, image.Width, Weights.For(image.Width, width, kernel));
        if (height != image.Height) pixels = Rows(pixels, width, Weights.For(image.Height, height, kernel));
        return new RgbImage(height, width, pixels);
    }

    /// <summary>Three colours at once: each source pixel is widened to four 32-bit lanes, the fourth unused.</summary>
    static unsafe byte[] Columns(byte[] from, int height, int width, Weights[] weights)
    {
        var to = new byte[height * weights.Length * 3];
        // One byte more, since the last pixel is read as four.
        var padded = new byte[width * 3 + 1];
        fixed (byte* row = padded)
            for (var y = 0; y < height; y++)
            {
                from.AsSpan(y * width * 3, width * 3).CopyTo(padded);
                var into = to.AsSpan(y * weights.Length * 3);
                for (var x = 0; x < weights.Length; x++)
                {
                    var (first, factors) = weights[x];
                    var sum = Vector128.Create(Half);
                    var at = row + first * 3;
                    for (var k = 0; k < factors.Length; k++, at += 3)
                        sum += Pixel(Unsafe.ReadUnaligned<uint>(at)) * factors[k];
                    sum = Clip(sum);
                    (into[3 * x], into[3 * x + 1], into[3 * x + 2]) = ((byte)sum[0], (byte)sum[1], (byte)sum[2]);
                }
            }
        return to;
    }

    static Vector128<int> Pixel(uint bytes) =>
        Vector128.WidenLower(Vector128.WidenLower(Vector128.CreateScalarUnsafe(bytes).AsByte())).AsInt32();

    static byte[] Rows(byte[] from, int width, Weights[] weights)
    {
        var row = width * 3;
        var to = new byte[weights.Length * row];
        var sums = new int[row];
        for (var y = 0; y < weights.Length; y++)
        {
            var (first, factors) = weights[y];
            Array.Fill(sums, Half);
            for (var k = 0; k < factors.Length; k++) AddScaled(from.AsSpan((first + k) * row, row), factors[k], sums);
            var into = to.AsSpan(y * row, row);
            for (var i = 0; i < row; i++) into[i] = Clip(sums[i]);
        }
        return to;
    }

    static void AddScaled(ReadOnlySpan<byte> line, int factor, Span<int> sums)
    {
        var i = 0;
        for (; i <= line.Length - Vector128<byte>.Count; i += Vector128<byte>.Count)
        {
            var (low, high) = Vector128.Widen(Vector128.Create(line[i..]));
            var ((a, b), (c, d)) = (Vector128.Widen(low), Vector128.Widen(high));
            Add(sums[i..], a.AsInt32() * factor);
            Add(sums[(i + 4)..], b.AsInt32() * factor);
            Add(sums[(i + 8)..], c.AsInt32() * factor);
            Add(sums[(i + 12)..], d.AsInt32() * factor);
        }
        for (; i < line.Length; i++) sums[i] += line[i] * factor;
    }

    static void Add(Span<int> to, Vector128<int> what) => (Vector128.Create<int>(to) + what).CopyTo(to);

    static Vector128<int> Clip(Vector128<int> sum) =>
        Vector128.Min(Vector128.Max(sum >> Precision, Vector128<int>.Zero), Vector128.Create(255));

    static byte Clip(int sum) => (byte)Math.Clamp(sum >> Precision, 0, 255);

    /// <summary>The source pixels that one target pixel is made of, from <paramref name="First"/> on, and their factors.</summary>
    sealed record Weights(int First, int[] Factors)
    {
        public static Weights[] For(int from, int to, Kernel kernel)
        {
            var scale = (double)from / to;
            var stretch = Math.Max(scale, 1);
            var support = stretch * kernel switch
            {
                Kernel.Box => 0.5,
                Kernel.Bilinear => 1,
                _ => 2,
            };
            var weights = new Weights[to];
            for (var i = 0; i < to; i++)
            {
                var centre = (i + 0.5) * scale;
                var first = Math.Max((int)(centre - support + 0.5), 0);
                var end = Math.Min((int)(centre + support + 0.5), from);
                var values = new double[end - first];
                for (var k = 0; k < values.Length; k++) values[k] = Value(kernel, (k + first - centre + 0.5) / stretch);
                var total = values.Sum();
                weights[i] = new Weights(first, Array.ConvertAll(values, value => Fixed(value / total)));
            }
            return weights;
        }

        static int Fixed(double value) => (int)(value * (1 << Precision) + (value < 0 ? -0.5 : 0.5));

        static double Value(Kernel kernel, double x)
        {
            const double a = -0.5;
            if (kernel == Kernel.Box) return x is > -0.5 and <= 0.5 ? 1 : 0;
            x = Math.Abs(x);
            if (kernel == Kernel.Bilinear) return x < 1 ? 1 - x : 0;
            if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
            return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
        }
    }
}
