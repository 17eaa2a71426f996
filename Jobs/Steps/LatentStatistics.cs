using Flow.Storage.Shards;

namespace Flow.Jobs.Steps;

/// <summary>The distribution of one channel of a latent column.</summary>
public sealed record ChannelStatistics(double Mean, double Deviation, double Low, double High);

/// <summary>What the values of a latent column are like: unit variance is what a diffusion model expects of them.</summary>
public sealed record LatentStatistics(string Blob, long Samples, IReadOnlyList<ChannelStatistics> Channels)
{
    /// <summary>Of the first samples of a data set, one entry per latent column; mirror images are left out, they say the same.</summary>
    public static IReadOnlyList<LatentStatistics> Of(ShardedData data, int most, CancellationToken cancel)
    {
        var blobs = data.Schema.Blobs.Where(blob => blob.Type == BlobType.Float16 && !blob.Name.EndsWith(BlobSpec.FlipSuffix, StringComparison.Ordinal)).Select(blob => blob.Name).ToList();
        var sums = blobs.ToDictionary(blob => blob, blob => Enumerable.Range(0, data.Shape(blob).Channels).Select(_ => new Sum()).ToArray());
        var samples = 0L;
        foreach (var sample in data.Samples(most))
        {
            cancel.ThrowIfCancellationRequested();
            samples++;
            foreach (var blob in blobs)
            {
                var values = data.Latents(sample, blob);
                var area = values.Length / sums[blob].Length;
                for (var i = 0; i < values.Length; i++) sums[blob][i / area].Add(values[i]);
            }
        }
        return [.. blobs.Select(blob => new LatentStatistics(blob, samples, [.. sums[blob].Select(sum => sum.Summary)]))];
    }

    /// <summary>Welford's running mean and variance.</summary>
    sealed class Sum
    {
        long count;
        double mean, squares, low = double.PositiveInfinity, high = double.NegativeInfinity;

        public void Add(double value)
        {
            var before = value - mean;
            mean += before / ++count;
            squares += before * (value - mean);
            (low, high) = (Math.Min(low, value), Math.Max(high, value));
        }

        public ChannelStatistics Summary => new(mean, Math.Sqrt(squares / Math.Max(1, count)), low, high);
    }
}
