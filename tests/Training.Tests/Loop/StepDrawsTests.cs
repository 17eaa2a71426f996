using Flow.Training.Loop;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Flow.Training.Tests.Loop;

public sealed class StepDrawsTests
{
    [Fact]
    public void AnyCutOfABatch_DrawsTheSameNumbers() =>
        Prop.ForAll(Gen.Choose(1, 7).ToArbitrary(), Gen.Choose(0, 1000).ToArbitrary(), (size, seed) =>
        {
            var batch = TinyRuns.Batch(13, 7);
            var slices = BatchSlices.Of(batch, size).ToArray();
            Assert.Equal(StepDraws.Noise(batch, seed), slices.SelectMany(s => StepDraws.Noise(s, seed)));
            Assert.Equal(StepDraws.Timesteps(batch, seed, 1000), slices.SelectMany(s => StepDraws.Timesteps(s, seed, 1000)));
            Assert.Equal(batch.Target, slices.SelectMany(s => s.Target));
            Assert.Equal(batch.Labels, slices.SelectMany(s => s.Labels));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Timesteps_CoverAllOfT()
    {
        var all = Enumerable.Range(0, 400).SelectMany(p => StepDraws.Timesteps(TinyRuns.Batch(p, 48), 0, 10)).ToArray();
        for (var t = 0; t < 10; t++) Assert.InRange(all.Count(v => v == t), 1700, 2140); // 1920 +- 5 standard deviations
    }

    [Fact]
    public void ASample_DrawsAnewInEveryEpochAndSeed()
    {
        var first = TinyRuns.Batch(0, 6);
        var again = TinyRuns.Batch(8, 6);
        Assert.Equal(first.SampleIds, again.SampleIds);
        Assert.NotEqual(StepDraws.Noise(first, 0), StepDraws.Noise(again, 0));
        Assert.NotEqual(StepDraws.Noise(first, 0), StepDraws.Noise(first, 1));
    }
}
