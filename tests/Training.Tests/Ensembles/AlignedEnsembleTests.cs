using Flow.Domain.Random;
using Flow.TestData;
using Flow.Training.Ensembles;
using Flow.Training.Metrics;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Flow.Training.Tests.Ensembles;

public sealed class AlignedEnsembleTests
{
    public static IEnumerable<object[]> Cases =>
        from file in GoldenFile.Named("marigold_ensemble*.safetensors")
        from name in GoldenFile.Open(file).Names
        where name.EndsWith(".output", StringComparison.Ordinal)
        select new object[] { file, name[..^".output".Length] };

    [GoldenTheory]
    [MemberData(nameof(Cases))]
    public void Level1_WithoutASolver_IsTheReferenceWithoutASolver(string file, string name)
    {
        var c = new Case(file, name);
        var ours = AlignedEnsemble.Of(c.Members, c.Freedom, c.Statistic, EnsembleSolver.Published);
        AssertClose(c.Floats("output_noopt"), ours.Value, 2e-6, "output");
        AssertClose(c.Floats("uncertainty_noopt"), ours.Uncertainty, 2e-6, "uncertainty");
    }

    [GoldenTheory]
    [MemberData(nameof(Cases))]
    public void Level2_WithTheReferencesParameters_IsTheReference(string file, string name)
    {
        var c = new Case(file, name);
        var ours = AlignedEnsemble.Compile(c.Members, c.Scale("param"), c.Shift("param"), c.Freedom, c.Statistic);
        // 2e-5: the reference works in fp32
        AssertClose(c.Floats("output"), ours.Value, 2e-5, "output");
        AssertClose(c.Floats("uncertainty"), ours.Uncertainty, 2e-5, "uncertainty");
        var cost = AlignedEnsemble.Cost(c.Members, c.Scale("param"), c.Shift("param"), c.Statistic);
        Assert.Equal(c.Floats("cost_reference")[0], cost, 4);
    }

    [GoldenTheory]
    [MemberData(nameof(Cases))]
    public void Level3_OurSolver_IsNeverWorseThanTheStartAndNeverCollapses(string file, string name)
    {
        var c = new Case(file, name);
        foreach (var statistic in new[] { c.Statistic, c.Statistic == EnsembleStatistic.LowerMedian ? EnsembleStatistic.Median : c.Statistic })
        {
            var ours = AlignedEnsemble.Of(c.Members, c.Freedom, statistic, EnsembleSolver.Exact);
            var cost = AlignedEnsemble.Cost(c.Members, ours.Scale, ours.Shift, c.Statistic);
            Assert.True(cost <= c.Floats("cost_init")[0] * (1 + 1e-6), $"cost {cost} above the start's {c.Floats("cost_init")[0]}");
            Assert.All(ours.Scale, s => Assert.True(s > 0));
            Assert.True(Correlation(ours.Value, c.Clean) > 0);
            var published = c.Floats("rmse_to_clean");
            var rmse = RmseToClean(ours.Value, c.Clean);
            Assert.True(rmse <= 1.05 * Math.Max(published[0], published[1]), $"{rmse} from clean; published {published[0]}, its start {published[1]}");
        }
    }

    [Theory]
    [InlineData(MemberFreedom.Affine, EnsembleStatistic.Mean)]
    [InlineData(MemberFreedom.Affine, EnsembleStatistic.Median)]
    [InlineData(MemberFreedom.Affine, EnsembleStatistic.LowerMedian)]
    [InlineData(MemberFreedom.Scale, EnsembleStatistic.Median)]
    public void TheGradient_IsTheDerivativeOfTheCost(MemberFreedom freedom, EnsembleStatistic statistic)
    {
        var members = NoisyCopies(count: 4, pixels: 60, noise: 0.1f);
        var (scale, shift) = AlignedEnsemble.Start(members, freedom);
        scale = [.. scale.Select((s, i) => s * (1 + 0.05 * i))];
        shift = [.. shift.Select((t, i) => t + 0.03 * i)];
        var cost = new AlignmentCost(members, statistic);
        var (_, byScale, byShift) = cost.At(scale, shift);
        const double step = 1e-6;
        for (var i = 0; i < members.Length; i++)
        {
            Assert.Equal((cost.At(Moved(scale, i, step), shift).Cost - cost.At(Moved(scale, i, -step), shift).Cost) / (2 * step), byScale[i], 5);
            Assert.Equal((cost.At(scale, Moved(shift, i, step)).Cost - cost.At(scale, Moved(shift, i, -step)).Cost) / (2 * step), byShift[i], 5);
        }
    }

    [Theory]
    [InlineData(EnsembleSolver.Published)]
    [InlineData(EnsembleSolver.Exact)]
    public void AffineCopiesOfOneMap_GiveThatMap(EnsembleSolver solver)
    {
        var members = NoisyCopies(count: 5, pixels: 80, noise: 0);
        var ensemble = AlignedEnsemble.Of(members, MemberFreedom.Affine, EnsembleStatistic.Median, solver);
        var (low, high) = (members[0].Min(), members[0].Max());
        AssertClose([.. members[0].Select(x => (float)((x - low) / (high - low)))], ensemble.Value, 1e-6, "value");
        Assert.All(ensemble.Uncertainty, u => Assert.InRange(u, 0, 1e-9));
    }

    [Theory]
    [InlineData(EnsembleSolver.Published)]
    [InlineData(EnsembleSolver.Exact)]
    public void AnAffineMapOfAnyMember_ChangesNothing(EnsembleSolver solver)
    {
        var members = NoisyCopies(count: 5, pixels: 80, noise: 0.1f);
        var moved = members.Select((d, i) => Array.ConvertAll(d, x => (2 + i) * x - 7 * i)).ToArray();
        var (a, b) = (Solve(members, solver), Solve(moved, solver));
        AssertClose([.. a.Value.Select(v => (float)v)], b.Value, 1e-5, "value");
        AssertClose([.. a.Uncertainty.Select(v => (float)v)], b.Uncertainty, 1e-5, "uncertainty");
    }

    /// <summary>Members that share a map, pure noise, upside-down copies and flat ones, in any mixture.</summary>
    [Fact]
    public void OurSolver_IsNeverWorseThanItsStart_AndNeverCollapses_WhateverTheMembers() =>
        Prop.ForAll(Gen.Choose(0, 1_000_000).ToArbitrary(), seed =>
        {
            var members = Mixture(seed);
            var (scale, shift) = AlignedEnsemble.Start(members, MemberFreedom.Affine);
            var ours = Solve(members, EnsembleSolver.Exact);
            var start = AlignedEnsemble.Cost(members, scale, shift, EnsembleStatistic.Median);
            var end = AlignedEnsemble.Cost(members, ours.Scale, ours.Shift, EnsembleStatistic.Median);
            var shrunk = ours.Scale.Zip(scale, (a, b) => a / b).Min();
            return end <= start * (1 + 1e-12) && shrunk > 0.02 && ours.Value.All(v => v is >= 0 and <= 1) && ours.Uncertainty.All(double.IsFinite);
        }).Check(PropertySeed.Config);

    [Fact]
    public void LowerMedianOfTwo_IsTheMinimum_AndTheMedianIsTheMean()
    {
        double[][] members = [[1, 5], [3, 4]];
        Assert.Equal([1, 4], Reduction.LowerMedian(members));
        Assert.Equal([2, 4.5], Reduction.Median(members));
        Assert.Equal([2, 4.5], Reduction.Mean(members));
    }

    static double[][] NoisyCopies(int count, int pixels, float noise)
    {
        var clean = Enumerable.Range(0, pixels).Select(p => Math.Sin(p * 0.2) + p * 0.01).ToArray();
        return [.. Enumerable.Range(0, count).Select(m =>
        {
            var draw = new float[pixels];
            new CounterRandom(5, Purpose.Noise, 0, m).Normal(draw);
            return clean.Select((x, p) => (0.5 + 0.3 * m) * x + 2 * m + 3 + noise * draw[p]).ToArray();
        })];
    }

    static double[][] Mixture(int seed)
    {
        var random = new CounterRandom(seed, Purpose.Sweep, 0, 0);
        var clean = NoisyCopies(count: 1, pixels: 50, noise: 0)[0];
        return [.. Enumerable.Range(0, 2 + (int)random.Below(0, 6)).Select(m =>
        {
            var draw = new float[clean.Length];
            new CounterRandom(seed, Purpose.Noise, 0, m).Normal(draw);
            var (shared, noise) = random.Below(2 * m + 1, 5) switch { 0 => (0, 1), 1 => (-1, 0.1), 2 => (0, 0), 3 => (1, 1), _ => (1, 0.05) };
            return clean.Select((x, p) => shared * x + noise * draw[p] + random.Uniform(2 * m + 2)).ToArray();
        })];
    }

    static AlignedPrediction Solve(double[][] members, EnsembleSolver solver) =>
        AlignedEnsemble.Of(members, MemberFreedom.Affine, EnsembleStatistic.Median, solver);

    static double[] Moved(double[] x, int at, double by) => [.. x.Select((v, i) => i == at ? v + by : v)];

    static double RmseToClean(double[] value, float[] clean)
    {
        float[] prediction = [.. value.Select(v => (float)v)];
        var fit = Alignment.LeastSquares(prediction, clean, [.. clean.Select(_ => true)]);
        return Math.Sqrt(prediction.Zip(clean, (p, c) => Math.Pow(fit.Apply(p) - c, 2)).Average());
    }

    static double Correlation(double[] a, float[] b)
    {
        var (meanA, meanB) = (a.Average(), b.Average());
        return a.Zip(b, (x, y) => (x - meanA) * (y - meanB)).Sum();
    }

    static void AssertClose(float[] want, double[] got, double absolute, string what)
    {
        for (var i = 0; i < want.Length; i++)
            Assert.True(Math.Abs(want[i] - got[i]) <= absolute, $"{what}[{i}]: {got[i]} instead of {want[i]}");
    }

    /// <summary>One case of a golden ensemble file, named parity.freedom.reduction.</summary>
    sealed class Case(string file, string name)
    {
        readonly GoldenFile golden = GoldenFile.Open(file);
        readonly string[] parts = name.Split('.');

        public MemberFreedom Freedom => parts[1] == "affine" ? MemberFreedom.Affine : MemberFreedom.Scale;

        public EnsembleStatistic Statistic => parts[2] == "mean" ? EnsembleStatistic.Mean : EnsembleStatistic.LowerMedian;

        public double[][] Members
        {
            get
            {
                var depth = $"{parts[0]}.{parts[1]}.depth";
                var values = golden.Floats(depth).Select(v => (double)v).ToArray();
                return [.. values.Chunk(values.Length / (int)golden.Shape(depth)[0])];
            }
        }

        public float[] Clean => golden.Floats("clean");

        public float[] Floats(string field) => golden.Floats($"{name}.{field}");

        public double[] Scale(string field) => [.. Floats(field).Take(Members.Length).Select(v => (double)v)];

        public double[] Shift(string field) =>
            Freedom == MemberFreedom.Affine ? [.. Floats(field).Skip(Members.Length).Select(v => (double)v)] : new double[Members.Length];
    }
}
