namespace Flow.Training.Codecs;

/// <summary>
/// Sums of x, x x^T and x y^T over many samples, in double. Samples are added in the order they come and each row of a matrix belongs
/// to one thread, so that the sums do not depend on the number of threads.
/// </summary>
sealed class Moments(int inputs, int outputs)
{
    const int BlockSamples = 256;

    readonly double[] x = new double[BlockSamples * inputs];
    readonly double[] y = new double[BlockSamples * outputs];
    int pending;

    public long Count { get; private set; }

    public double[] InputSum { get; } = new double[inputs];

    /// <summary>Sum of x x^T; only complete after <see cref="Flush"/>.</summary>
    public double[][] Gram { get; } = Rows(inputs, inputs);

    /// <summary>Sum of x y^T; only complete after <see cref="Flush"/>.</summary>
    public double[][] Cross { get; } = Rows(inputs, outputs);

    public void Add(ReadOnlySpan<float> sampleX, ReadOnlySpan<float> sampleY)
    {
        for (var i = 0; i < inputs; i++) x[pending * inputs + i] = sampleX[i];
        for (var i = 0; i < outputs; i++) y[pending * outputs + i] = sampleY[i];
        if (++pending == BlockSamples) Flush();
    }

    public void Flush()
    {
        for (var s = 0; s < pending; s++) Vectors.AddScaled(InputSum, x.AsSpan(s * inputs, inputs), 1.0);
        Parallel.For(0, inputs, row =>
        {
            for (var s = 0; s < pending; s++)
            {
                var factor = x[s * inputs + row];
                Vectors.AddScaled(Gram[row], x.AsSpan(s * inputs, inputs), factor);
                Vectors.AddScaled(Cross[row], y.AsSpan(s * outputs, outputs), factor);
            }
        });
        Count += pending;
        pending = 0;
    }

    static double[][] Rows(int rows, int columns) => [.. Enumerable.Range(0, rows).Select(_ => new double[columns])];
}
