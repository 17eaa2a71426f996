using Flow.Dataflow.Streaming;
using Flow.Domain.Data;
using Flow.Storage.Shards;
using Flow.TestData;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Flow.Dataflow.Tests.Streaming;

public sealed class BatchStreamTests : IDisposable
{
    readonly TestDataset data = new();

    public void Dispose() => data.Dispose();

    static StreamSpec Spec(string folder, int batch = 8, long stop = 40) => new([new StreamSource(folder)], Seed: 3, batch, Stop: stop, WindowGroups: 3);

    static async Task<List<LatentBatch>> Read(StreamSpec spec)
    {
        var batches = new List<LatentBatch>();
        await foreach (var batch in BatchStream.Open(spec)) batches.Add(batch);
        return batches;
    }

    /// <summary>Everything that a trainer sees, as text.</summary>
    static IEnumerable<string> Trace(IEnumerable<LatentBatch> batches) => batches.Select(batch =>
        $"{batch.Position}: {string.Join(' ', batch.SampleIds.Zip(batch.Epochs, batch.Labels))} {string.Join(' ', batch.Target)} {string.Join(' ', batch.Condition)}");

    [Fact]
    public async Task Batches_HoldTheSamplesTheySay()
    {
        var batches = await Read(Spec(data.Images(100)));
        Assert.Equal(Enumerable.Range(0, 40).Select(i => (long)i), batches.Select(batch => batch.Position));
        foreach (var batch in batches)
        {
            Assert.Equal(new LatentShape(1, 2, 2), batch.Shape);
            Assert.Equal(8 * 4, batch.Target.Length);
            Assert.Empty(batch.Condition);
            for (var i = 0; i < batch.Count; i++)
            {
                Assert.All(batch.Target[(i * 4)..((i + 1) * 4)], value => Assert.Equal(batch.SampleIds[i], Math.Abs(value)));
                Assert.Equal(batch.SampleIds[i] % 5, batch.Labels[i]);
            }
        }
        var flipped = batches.SelectMany(batch => batch.Target.Where((_, i) => i % 4 == 0)).Count(value => value < 0);
        Assert.InRange(flipped, 120, 200); // of 320
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 3)]
    public async Task AnImageToImageDataset_GivesTheTarget_AndTheConditionsAskedFor(int conditions, int channels)
    {
        foreach (var batch in await Read(Spec(data.Pairs(30), stop: 4) with { Conditions = conditions, Flip = false }))
        {
            Assert.Equal(channels, batch.ConditionChannels);
            var size = channels * 4;
            for (var i = 0; i < batch.Count; i++)
            {
                Assert.All(batch.Target[(i * 4)..((i + 1) * 4)], value => Assert.Equal(batch.SampleIds[i] + 0.25f, value));
                Assert.All(batch.Condition[(i * size)..((i * size) + 4)], value => Assert.Equal(batch.SampleIds[i] + 0.5f, value));
                Assert.All(batch.Condition[((i * size) + 4)..((i + 1) * size)], value => Assert.Equal(batch.SampleIds[i] + 0.75f, value));
            }
        }
    }

    /// <summary>The arrays of a batch that is done with hold anything: here NaN.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    public async Task LentBatches_AreTheSame_InArraysThatComeAgain(int readers)
    {
        var spec = Spec(data.Pairs(100), stop: 200) with { Conditions = 2, Flip = false, Readers = readers };
        var whole = await Read(spec);
        var arrays = new HashSet<float[]>(ReferenceEqualityComparer.Instance);
        await foreach (var batch in BatchStream.Open(spec).Lent())
        {
            Assert.Equal(Trace([whole[(int)batch.Position]]), Trace([batch]));
            arrays.Add(batch.Target);
            Array.Fill(batch.Target, float.NaN);
            Array.Fill(batch.Condition, float.NaN);
        }
        Assert.InRange(arrays.Count, 1, 40); // of 200 batches
    }

    [Fact]
    public void EveryEpoch_HasEverySampleOnce() => Prop.ForAll(
        Gen.Choose(1, 90).ToArbitrary(), Gen.Choose(1, 20).ToArbitrary(), Gen.Choose(0, 99).ToArbitrary(), (samples, batch, seed) =>
        {
            var folder = data.Images(samples);
            var spec = Spec(folder, batch, stop: ((3 * samples) + batch - 1) / batch) with { Seed = seed };
            var batches = Read(spec).GetAwaiter().GetResult();
            var seen = batches.SelectMany(one => one.SampleIds.Zip(one.Epochs)).GroupBy(pair => pair.Item2, pair => pair.Item1).ToArray();
            var verdicts = batches.Aggregate(EpochLedger.Empty, (ledger, one) => ledger.Add(one)).Closed([DatasetIndex.Load(folder)]);
            return seen.Where(epoch => epoch.Key < 3).All(epoch => epoch.Order().SequenceEqual(Enumerable.Range(0, samples).Select(id => (long)id)))
                && verdicts.Count(verdict => verdict.ExactlyOnce) >= 3 && verdicts.All(verdict => verdict.ExactlyOnce);
        }).Check(PropertySeed.Config.WithMaxTest(20));

    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    public async Task TheStream_IsTheSameForAnyNumberOfReaders(int readers)
    {
        var folder = data.Images(100);
        Assert.Equal(Trace(await Read(Spec(folder))), Trace(await Read(Spec(folder) with { Readers = readers })));
    }

    [Fact]
    public void AResumedStream_GoesOnWhereItWas() => Prop.ForAll(Gen.Choose(0, 40).ToArbitrary(), Gen.Choose(1, 9).ToArbitrary(), (start, batch) =>
    {
        var spec = new StreamSpec([new StreamSource(folder.Value), new StreamSource(other.Value, 0.5)], Seed: 1, batch, Stop: 40, WindowGroups: 2);
        var whole = Read(spec).GetAwaiter().GetResult();
        var rest = Read(spec with { Start = start }).GetAwaiter().GetResult();
        return Trace(whole.Skip(start)).SequenceEqual(Trace(rest));
    }).Check(PropertySeed.Config.WithMaxTest(25));

    Lazy<string> folder => images ??= new(() => data.Images(50));

    Lazy<string> other => others ??= new(() => data.Images(23, "other", firstId: 100));

    Lazy<string>? images, others;

    [Fact]
    public void Workers_TogetherSeeTheOrderOfOne() => Prop.ForAll(
        Gen.Choose(1, 60).ToArbitrary(), Gen.Choose(0, 99).ToArbitrary(), Gen.Elements(1, 2, 4, 8).Zip(Gen.Choose(1, 3)).ToArbitrary(), (samples, seed, share) =>
        {
            var (workers, each) = share;
            var spec = Spec(data.Images(samples), workers * each, stop: 12) with { Seed = seed };
            var whole = Read(spec).GetAwaiter().GetResult();
            var shares = Enumerable.Range(0, workers).Select(worker => Read(spec with { Worker = worker, Workers = workers }).GetAwaiter().GetResult()).ToArray();
            for (var i = 0; i < whole.Count; i++)
            {
                Assert.All(shares, one => Assert.Equal(each, one[i].Count));
                Assert.Equal(whole[i].SampleIds.Zip(whole[i].Epochs), shares.SelectMany(one => one[i].SampleIds.Zip(one[i].Epochs)));
                Assert.Equal(whole[i].Target, shares.SelectMany(one => one[i].Target));
            }
        }).Check(PropertySeed.Config.WithMaxTest(20));

    [Fact]
    public async Task AMixture_KeepsItsProportionsAndEachDatasetsOwnEpochs()
    {
        var spec = Spec(data.Images(100)) with { Sources = [new(data.Images(100), 3), new(data.Images(40, "small", firstId: 500), 1)], Stop = 512 };
        var ids = (await Read(spec)).SelectMany(batch => batch.SampleIds.Zip(batch.Epochs)).ToArray();
        Assert.Equal(3072, ids.Count(pair => BatchStream.Origin(pair.Item1).Source == 0));
        var small = ids.Where(pair => BatchStream.Origin(pair.Item1).Source == 1).ToArray();
        Assert.Equal(1024 / 40, small.Max(pair => pair.Item2));
        Assert.Equal(Enumerable.Range(500, 40).Select(id => (long)id), small.Where(pair => pair.Item2 == 7).Select(pair => BatchStream.Origin(pair.Item1).Id).Order());
    }

    [Fact]
    public async Task TheSeed_ChangesTheOrder()
    {
        var folder = data.Images(100);
        Assert.NotEqual(Trace(await Read(Spec(folder))), Trace(await Read(Spec(folder) with { Seed = 4 })));
    }

    [Fact]
    public void SpecsThatContradictThemselves_AreRefused()
    {
        var folder = data.Images(10);
        Assert.Contains("workers", Assert.Throws<ArgumentException>(() => BatchStream.Open(Spec(folder) with { Workers = 3 })).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => BatchStream.Open(Spec(folder) with { Worker = 1 }));
        Assert.Throws<ArgumentException>(() => BatchStream.Open(Spec(folder) with { Sources = [] }));
        Assert.Contains("target_flip", Assert.Throws<InvalidDataException>(() => BatchStream.Open(Spec(data.Pairs(10)) with { Conditions = 1 })).Message, StringComparison.Ordinal);
        Assert.Contains("no column target", Assert.Throws<InvalidDataException>(() => BatchStream.Open(Spec(folder) with { Conditions = 1 })).Message, StringComparison.Ordinal);
        Assert.Contains("shapes", Assert.Throws<InvalidDataException>(
            () => BatchStream.Open(Spec(folder) with { Sources = [new(data.Pairs(10)), new(data.Pairs(10, "wide", promptChannels: 1))], Conditions = 2, Flip = false })).Message, StringComparison.Ordinal);
    }
}
