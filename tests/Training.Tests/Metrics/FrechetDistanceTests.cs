using Flow.Training.Metrics;
using Xunit;
using static TorchSharp.torch;

namespace Flow.Training.Tests.Metrics;

public sealed class FrechetDistanceTests
{
    /// <summary>For commuting covariances diag(a) and diag(b) the distance is |m1 - m2|^2 + sum (sqrt a - sqrt b)^2.</summary>
    [Fact]
    public void TwoGaussiansWithDiagonalCovariance_HaveTheirExactDistance()
    {
        using var scope = NewDisposeScope();
        double[] a = [1, 4, 0.25], b = [2.25, 1, 0.25], shift = [1, -2, 0.5];
        using var first = Exactly(a, [0, 0, 0]);
        using var second = Exactly(b, shift);
        var exact = shift.Sum(x => x * x) + a.Zip(b, (x, y) => Math.Pow(Math.Sqrt(x) - Math.Sqrt(y), 2)).Sum();
        Assert.Equal(exact, FrechetDistance.Of(first, second), 9);
        Assert.Equal(exact, FrechetDistance.Of(second, first), 9);
    }

    [Fact]
    public void Distances_DoNotChangeUnderARotationOfTheFeatures()
    {
        using var scope = NewDisposeScope();
        using var generator = manual_seed(1);
        var (x, y) = (randn([200, 5], ScalarType.Float64), 2 * randn([300, 5], ScalarType.Float64) + 1);
        var rotation = linalg.qr(randn([5, 5], ScalarType.Float64)).Q;
        Assert.Equal(Of(x, y), Of(x.matmul(rotation), y.matmul(rotation)), 6);
        Assert.Equal(0, Of(x, x), 6);
    }

    [Fact]
    public void MomentsOfBatches_AreThoseOfTheWhole()
    {
        using var scope = NewDisposeScope();
        var x = randn([50, 4], ScalarType.Float64);
        using var whole = new FeatureMoments(4);
        using var parts = new FeatureMoments(4);
        whole.Add(x);
        parts.Add(x.narrow(0, 0, 20));
        parts.Add(x.narrow(0, 20, 30));
        Assert.InRange((whole.Covariance() - parts.Covariance()).abs().max().item<double>(), 0, 1e-12);
    }

    static double Of(Tensor x, Tensor y)
    {
        using var first = new FeatureMoments((int)x.shape[1]);
        using var second = new FeatureMoments((int)y.shape[1]);
        first.Add(x);
        second.Add(y);
        return FrechetDistance.Of(first, second);
    }

    /// <summary>Points on the axes whose mean and covariance are exactly the given ones.</summary>
    static FeatureMoments Exactly(double[] variance, double[] mean)
    {
        var points = 2 * variance.Length;
        var rows = Enumerable.Range(0, points).SelectMany(p => mean.Select((m, d) =>
            m + (p / 2 == d ? (p % 2 == 0 ? 1 : -1) * Math.Sqrt(variance[d] * (points - 1) / 2) : 0))).ToArray();
        var moments = new FeatureMoments(variance.Length);
        moments.Add(tensor(rows, [points, variance.Length]));
        return moments;
    }
}
