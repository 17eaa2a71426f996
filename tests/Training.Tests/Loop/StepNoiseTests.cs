using Flow.TestData;
using Flow.Training.Loop;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Flow.Training.Tests.Loop;

public sealed class StepNoiseTests
{
    [Fact]
    public void AnyCutOfABatch_DrawsTheSameNumbers() =>
        Prop.ForAll(Gen.Choose(1, 7).ToArbitrary(), Gen.Choose(0, 1000).ToArbitrary(), (size, seed) =>
        {
            var batch = TinyRuns.Batch(13, 7);
            var slices = BatchSlices.Of(batch, size).ToArray();
            Assert.Equal(StepNoise.Of(batch, seed), slices.SelectMany(s => StepNoise.Of(s, seed)));
            Assert.Equal(batch.Target, slices.SelectMany(s => s.Target));
            Assert.Equal(batch.Labels, slices.SelectMany(s => s.Labels));
        }).Check(PropertySeed.Config);

    [Fact]
    public void ASample_DrawsAnewInEveryEpochAndSeed()
    {
        var first = TinyRuns.Batch(0, 6);
        var again = TinyRuns.Batch(8, 6);
        Assert.Equal(first.SampleIds, again.SampleIds);
        Assert.NotEqual(StepNoise.Of(first, 0), StepNoise.Of(again, 0));
        Assert.NotEqual(StepNoise.Of(first, 0), StepNoise.Of(first, 1));
    }
}
