namespace Flow.Training.Models;

/// <summary>The fixed two-dimensional sine-cosine table that tells each token where its patch lies (DiT models.py, after MAE).</summary>
public static class PositionEmbedding
{
    /// <summary>
    /// A row-major [grid x grid, dim] table. The first half of a row encodes the column and the second half the row of the patch, each as
    /// [sin | cos] of position x 10000^(-i/(dim/4)). Positions are whole patches whatever the resolution; computed in double.
    /// </summary>
    public static float[] SinCos(int dim, int grid)
    {
        if (dim % 4 != 0) throw new ArgumentException($"A sine-cosine table needs a width that is a multiple of 4; {dim} is not.", nameof(dim));
        var table = new float[grid * grid * dim];
        for (var row = 0; row < grid; row++)
            for (var column = 0; column < grid; column++)
            {
                var token = table.AsSpan((row * grid + column) * dim, dim);
                Encode(column, token[..(dim / 2)]);
                Encode(row, token[(dim / 2)..]);
            }
        return table;
    }

    static void Encode(int position, Span<float> into)
    {
        var quarter = into.Length / 2;
        for (var i = 0; i < quarter; i++)
        {
            var (sin, cos) = Math.SinCos(position * Math.Pow(10000, -(double)i / quarter));
            into[i] = (float)sin;
            into[quarter + i] = (float)cos;
        }
    }
}
