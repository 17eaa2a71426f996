using Flow.Dataflow.Streaming;
using Flow.TestData;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Flow.Dataflow.Tests.Streaming;

public sealed class OrderTests
{
    static Gen<int[]> GroupRows => Gen.Choose(1, 30).SelectMany(count => Gen.ArrayOf(Gen.Choose(1, 40), count));

    static (int Group, int Row)[] All(EpochOrder order) => [.. Enumerable.Range(0, order.Windows)
        .SelectMany(window => order.Rows(window).Select(row => (order.Groups(window)[row.Group], row.Row)))];

    [Fact]
    public void AnEpoch_IsAPermutationOfTheSamples() => Prop.ForAll(
        GroupRows.ToArbitrary(), Gen.Choose(0, 1000).ToArbitrary(), Gen.Choose(1, 12).ToArbitrary(), (rows, seed, window) =>
        {
            var every = rows.SelectMany((count, group) => Enumerable.Range(0, count).Select(row => (group, row)));
            return All(new EpochOrder(rows, 42, seed, 3, window)).Order().SequenceEqual(every.Order());
        }).Check(PropertySeed.Config);

    [Fact]
    public void WindowAt_FindsTheWindowOfEveryPosition() => Prop.ForAll(GroupRows.ToArbitrary(), Gen.Choose(1, 12).ToArbitrary(), (rows, window) =>
    {
        var order = new EpochOrder(rows, 1, 2, 0, window);
        return Enumerable.Range(0, rows.Sum()).All(position =>
            order.WindowAt(position) is var found && order.Start(found) <= position && position < order.Start(found + 1));
    }).Check(PropertySeed.Config);

    [Fact]
    public void TheOrder_ChangesWithSeedEpochAndDataset()
    {
        int[] rows = [20, 20, 20, 20, 20];
        var order = All(new EpochOrder(rows, 1, 7, 0, 2));
        Assert.Equal(order, All(new EpochOrder(rows, 1, 7, 0, 2)));
        Assert.NotEqual(order, All(new EpochOrder(rows, 1, 8, 0, 2)));
        Assert.NotEqual(order, All(new EpochOrder(rows, 1, 7, 1, 2)));
        Assert.NotEqual(order, All(new EpochOrder(rows, 2, 7, 0, 2)));
    }

    [Fact]
    public void AWindow_MixesItsGroups()
    {
        // Mean distance of neighbours in sorted order would be 1; of a uniform shuffle of n it is (n + 1) / 3.
        int[] rows = [.. Enumerable.Repeat(50, 8)];
        var ids = new EpochOrder(rows, 1, 1, 0, 8).Rows(0).Select(row => (row.Group * 50) + row.Row).ToArray();
        Assert.InRange(ids.Zip(ids.Skip(1), (a, b) => Math.Abs(a - b)).Average(), 401 / 3.0 * 0.9, 401 / 3.0 * 1.1);
    }

    static Gen<double[]> Weights => Gen.Choose(1, 5).SelectMany(count => Gen.ArrayOf(Gen.Choose(1, 20).Select(weight => weight / 4.0), count));

    [Fact]
    public void AMixture_HoldsItsWeights_AndCanBeLookedUpAnywhere() => Prop.ForAll(
        Weights.ToArbitrary(), Gen.Choose(0, 5000).ToArbitrary(), (weights, slot) =>
        {
            var mixture = new Mixture(weights, 5);
            var walked = Enumerable.Range(0, slot).Select(i => mixture.SourceAt(i)).ToArray();
            return Enumerable.Range(0, weights.Length).All(source =>
                mixture.CountBefore(source, slot) == walked.Count(drawn => drawn == source)
                && Math.Abs(mixture.Shares[source] - (weights[source] / weights.Sum())) < 1.0 / 1024
                && mixture.SlotOf(source, mixture.CountBefore(source, slot)) is var next
                && next >= slot && mixture.SourceAt(next) == source && mixture.CountBefore(source, next) == mixture.CountBefore(source, slot));
        }).Check(PropertySeed.Config);

    [Theory]
    [InlineData(1.0, 0.0)]
    [InlineData(1.0, -1.0)]
    [InlineData(1.0, double.NaN)]
    [InlineData(1.0, 1e-9)]
    public void Weights_ThatMeanNothing_AreRefused(double first, double second) => Assert.Throws<ArgumentException>(() => new Mixture([first, second], 0));
}
