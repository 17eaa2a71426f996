using static TorchSharp.torch;

namespace Flow.Training.Metrics;

/// <summary>Mean and covariance of feature vectors, gathered batch by batch in double precision.</summary>
public sealed class FeatureMoments : IDisposable
{
    readonly Tensor sum;
    readonly Tensor products;

    /// <param name="dimensions">D, the length of a feature vector.</param>
    public FeatureMoments(int dimensions)
    {
        Dimensions = dimensions;
        sum = zeros(dimensions, ScalarType.Float64).DetachFromDisposeScope();
        products = zeros(dimensions, dimensions, ScalarType.Float64).DetachFromDisposeScope();
    }

    /// <summary>D.</summary>
    public int Dimensions { get; }

    /// <summary>Vectors added so far.</summary>
    public long Count { get; private set; }

    /// <summary>Adds the rows of [N, D].</summary>
    public void Add(Tensor features_ND)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var x = features_ND.to(ScalarType.Float64).cpu();
        sum.add_(x.sum([0L]));
        products.add_(x.t().matmul(x));
        Count += x.shape[0];
    }

    /// <summary>[D].</summary>
    public Tensor Mean() => sum / Count;

    /// <summary>[D, D], divided by n - 1.</summary>
    public Tensor Covariance()
    {
        if (Count < 2) throw new InvalidOperationException($"a covariance needs at least two samples, not {Count}");
        var mean = Mean();
        return (products - Count * mean.unsqueeze(1).matmul(mean.unsqueeze(0))) / (Count - 1);
    }

    public void Dispose()
    {
        sum.Dispose();
        products.Dispose();
    }
}

/// <summary>
/// |m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2)): the squared Frechet (2-Wasserstein) distance of two Gaussians (Heusel et al. 2017). With
/// the Inception features of the reference network it is FID; with others it is not comparable to any published FID.
/// </summary>
public static class FrechetDistance
{
    public static double Of(FeatureMoments first, FeatureMoments second)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var (c1, c2) = (first.Covariance(), second.Covariance());
        // C1 C2 has the eigenvalues of the symmetric S C2 S with S S = C1, whose roots are real and need no general matrix square root
        var (values, vectors) = linalg.eigh(c1);
        var root = (vectors * values.clamp(min: 0).sqrt()).matmul(vectors.t());
        var cross = linalg.eigvalsh(root.matmul(c2).matmul(root)).clamp(min: 0).sqrt().sum();
        var distance = (first.Mean() - second.Mean()).square().sum() + c1.diagonal().sum() + c2.diagonal().sum() - 2 * cross;
        return Math.Max(0, distance.item<double>());
    }
}
