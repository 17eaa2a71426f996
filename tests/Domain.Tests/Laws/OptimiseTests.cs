using Flow.Domain.Laws;
using Flow.Domain.Laws.Optimise;
using Xunit;

namespace Flow.Domain.Tests.Laws;

public class OptimiseTests
{
    static double Rosenbrock(ReadOnlySpan<double> x, Span<double> g)
    {
        var (a, b) = (1 - x[0], x[1] - x[0] * x[0]);
        g[0] = -2 * a - 400 * x[0] * b;
        g[1] = 200 * b;
        return a * a + 100 * b * b;
    }

    [Fact]
    public void Lbfgs_FindsTheEndOfRosenbrocksValley()
    {
        var minimum = Lbfgs.Minimise(Rosenbrock, [-1.2, 1]);
        Assert.Equal(1, minimum.At[0], 1e-9);
        Assert.Equal(1, minimum.At[1], 1e-9);
        Assert.InRange(minimum.Iterations, 1, 100);
    }

    /// <summary>The tolerance is relative to the value, so a scaled objective ends at the same point.</summary>
    [Theory]
    [InlineData(1e-9)]
    [InlineData(1e9)]
    public void Lbfgs_DoesNotMindTheUnitOfTheObjective(double unit)
    {
        var minimum = Lbfgs.Minimise(
            (at, g) =>
            {
                var value = 1 + Math.Pow(at[0] - 3, 2) + 50 * Math.Pow(at[1] + 2, 2);
                (g[0], g[1]) = (unit * 2 * (at[0] - 3), unit * 100 * (at[1] + 2));
                return unit * value;
            },
            [0, 0], new(Gradient: 0));
        Assert.Equal(3, minimum.At[0], 1e-6);
        Assert.Equal(-2, minimum.At[1], 1e-6);
    }

    [Fact]
    public void LevenbergMarquardt_FindsTheEndOfRosenbrocksValleyInAFewSteps()
    {
        var minimum = LevenbergMarquardt.Minimise(
            (at, r, columns) =>
            {
                (r[0], r[1]) = (1 - at[0], 10 * (at[1] - at[0] * at[0]));
                (columns[0][0], columns[0][1], columns[1][0], columns[1][1]) = (-1, -20 * at[0], 0, 10);
            }, 2, [-1.2, 1]);
        Assert.Equal(1, minimum.At[0], 1e-9);
        Assert.Equal(1, minimum.At[1], 1e-9);
        Assert.InRange(minimum.Iterations, 1, 100);
    }

    [Fact]
    public void NelderMead_FindsTheEndOfRosenbrocksValleyWithoutAGradient()
    {
        var minimum = NelderMead.Minimise(x => Rosenbrock(x, new double[2]), [-1.2, 1], 0.5);
        Assert.Equal(1, minimum.At[0], 1e-6);
        Assert.Equal(1, minimum.At[1], 1e-6);
    }

    [Fact]
    public void Chandrupatla_FindsARootToTheLastDigits()
    {
        Assert.Equal(0.7390851332151607, Chandrupatla.Root(x => Math.Cos(x) - x, 0, 1), 1e-13);
        Assert.Equal(2, Chandrupatla.Root(x => Math.Pow(x - 2, 3), -10, 11), 1e-4);
        Assert.Throws<ArgumentException>(() => Chandrupatla.Root(x => x * x + 1, -1, 1));
    }

    [Fact]
    public void LeastSquares_SolvesAnIllConditionedParabolaOfLargeNumbers()
    {
        double[] x = [20.0, 20.5, 21, 21.5, 22, 22.5, 23];
        var (c0, c1, c2) = LinearLeastSquares.Parabola(x, [.. x.Select(v => 3 - 7 * v + 0.25 * v * v)]);
        Assert.Equal(3, c0, 1e-7);
        Assert.Equal(-7, c1, 1e-8);
        Assert.Equal(0.25, c2, 1e-9);
    }

    [Fact]
    public void LeastSquares_WithWeightsCountsAPointSoManyTimes()
    {
        var weighted = LinearLeastSquares.Line([0, 1, 2], [0, 1, 5], [1, 3, 1]);
        var repeated = LinearLeastSquares.Line([0, 1, 1, 1, 2], [0, 1, 1, 1, 5]);
        Assert.Equal(repeated.Slope, weighted.Slope, 1e-12);
        Assert.Equal(repeated.Intercept, weighted.Intercept, 1e-12);
    }

    [Fact]
    public void NonNegativeLeastSquares_PutsAnUnwantedColumnAtZero()
    {
        double[][] columns = [[1, 1, 1, 1], [0, 1, 2, 3]];
        var (falling, _) = NonNegativeLeastSquares.Solve(columns, [4, 3, 2, 1]);
        Assert.Equal([2.5, 0], falling, (a, b) => Math.Abs(a - b) < 1e-12);
        var (rising, rest) = NonNegativeLeastSquares.Solve(columns, [1, 3, 5, 7]);
        Assert.Equal([1, 2], rising, (a, b) => Math.Abs(a - b) < 1e-12);
        Assert.Equal(0, rest, 1e-20);
    }

    /// <summary>The printed tables of Student's t.</summary>
    [Theory]
    [InlineData(1, 12.7062)]
    [InlineData(2, 4.3027)]
    [InlineData(3, 3.1824)]
    [InlineData(4, 2.7764)]
    [InlineData(7, 2.3646)]
    [InlineData(30, 2.0423)]
    public void StudentT_AgreesWithTheTables(int degrees, double printed) => Assert.Equal(printed, StudentT.TwoSided(0.95, degrees), 1e-4);
}
