using Flow.Dataflow.Streaming;
using Flow.Domain.Data;
using Flow.Storage.Shards;
using Xunit;

namespace Flow.Dataflow.Tests.Streaming;

public sealed class SampleBooksTests : IDisposable
{
    readonly TestDataset data = new();

    public void Dispose() => data.Dispose();

    async Task<(List<LatentBatch> Batches, DatasetIndex[] Indexes)> Read()
    {
        var stream = BatchStream.Open(new StreamSpec([new StreamSource(data.Images(30))], Seed: 3, Batch: 8, Stop: 12));
        var batches = new List<LatentBatch>();
        await foreach (var batch in stream) batches.Add(batch);
        return (batches, [.. stream.Indexes]);
    }

    [Fact]
    public async Task WhatWasHandedOut_CountsWhenItsStepIsDone()
    {
        var (batches, indexes) = await Read();
        var books = new SampleBooks(indexes, EpochLedger.Empty);
        foreach (var batch in batches.Take(4)) books.Hand(batch);
        Assert.Empty(books.Ledger.Epochs);
        books.Done(3);
        Assert.Equal(24, Assert.Single(books.Ledger.Epochs).Seen.Count);
        books.Done(3);
        Assert.Equal(24, Assert.Single(books.Ledger.Epochs).Seen.Count);
        books.Done(4);
        Assert.Equal([(0, 30L, true, true), (1, 2L, false, false)], books.Verdicts.Select(epoch => (epoch.Epoch, epoch.Seen.Count, epoch.Over, epoch.ExactlyOnce)));
    }

    [Fact]
    public async Task BooksTakenUpInTheMiddle_EndAsIfNeverLaidDown()
    {
        var (batches, indexes) = await Read();
        EpochLedger Enter(EpochLedger begun, IEnumerable<LatentBatch> some)
        {
            var books = new SampleBooks(indexes, begun);
            foreach (var batch in some)
            {
                books.Hand(batch);
                books.Done(batch.Position + 1);
            }
            return books.Ledger;
        }

        var whole = Enter(EpochLedger.Empty, batches);
        for (var cut = 0; cut <= batches.Count; cut++)
            Assert.Equal(whole.Epochs, Enter(Enter(EpochLedger.Empty, batches.Take(cut)), batches.Skip(cut)).Epochs);
        Assert.Equal(3, whole.Closed(indexes).Count(verdict => verdict.ExactlyOnce));
    }

    [Theory]
    [InlineData(3)]
    [InlineData(-1)]
    public async Task AnEpochWithALostOrRepeatedSample_EndsTheTraining(int repeated)
    {
        var (batches, indexes) = await Read();
        // One sample gives way to another one: the number of samples is right, the sum of their hashes isn't.
        batches[1].SampleIds[0] = repeated < 0 ? batches[0].SampleIds[0] : batches[1].SampleIds[repeated];
        var books = new SampleBooks(indexes, EpochLedger.Empty);
        foreach (var batch in batches) books.Hand(batch);
        books.Done(3);
        Assert.Contains("epoch 0 of images", Assert.Throws<InvalidDataException>(() => books.Done(4)).Message, StringComparison.Ordinal);
    }
}
