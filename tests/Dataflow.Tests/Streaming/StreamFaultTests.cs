using System.Diagnostics;
using Flow.Dataflow.Streaming;
using Flow.Storage.Shards;
using Flow.TestData;
using Xunit;

namespace Flow.Dataflow.Tests.Streaming;

public sealed class StreamFaultTests : IDisposable
{
    readonly TestDataset data = new();

    public void Dispose() => data.Dispose();

    static StreamSpec Endless(string folder, int readers = 2) => new([new StreamSource(folder)], Seed: 1, Batch: 4, WindowGroups: 2, Readers: readers);

    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    public async Task ADamagedShard_EndsTheStreamWithItsName_BeforeAnySampleOfItIsSeen(int readers)
    {
        var folder = data.Images(210);
        var index = DatasetIndex.Load(folder);
        var damaged = index.Shards[5];
        var path = Path.Combine(folder, damaged.File);
        var bytes = File.ReadAllBytes(path);
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(path, bytes);

        await Prompt.Within(TimeSpan.FromSeconds(1), async _ =>
        {
            var seen = new List<long>();
            var last = Stopwatch.StartNew();
            var failure = await Assert.ThrowsAsync<DamagedShardException>(async () =>
            {
                await foreach (var batch in BatchStream.Open(Endless(folder, readers)))
                {
                    seen.AddRange(batch.SampleIds);
                    last.Restart();
                }
            });
            Assert.Equal(path, failure.Path);
            Assert.DoesNotContain(seen, id => id >= damaged.FirstId && id <= damaged.LastId);
            return last.Elapsed;
        });
    }

    [Fact]
    public async Task AMissingBlob_EndsTheStreamWithTheSample()
    {
        var folder = Path.Combine(Path.GetDirectoryName(data.Images(1))!, "gap");
        var writer = ShardWriter.Open(folder, new ShardSchema("gap", "c", 1, [new BlobSpec("latents", BlobType.Float16, [1, 1, 1])], new Dictionary<string, string>()));
        for (var id = 0; id < 40; id++) writer.Append(new LatentSample(id, "k", 0, "train", 1, 1, [id == 33 ? [] : new byte[2]]));
        writer.Finish();
        var failure = await Assert.ThrowsAsync<InvalidDataException>(async () =>
        {
            await foreach (var _ in BatchStream.Open(Endless(folder) with { Flip = false })) { }
        });
        Assert.Contains("sample 33", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task LeavingEarly_StopsTheReaders()
    {
        var stream = BatchStream.Open(Endless(data.Images(210)));
        await foreach (var batch in stream)
            if (batch.Position == 3) break;
        var read = stream.Stats.GroupsRead;
        await Task.Delay(100);
        Assert.Equal(read, stream.Stats.GroupsRead);
        Assert.Equal(4, stream.Stats.Batches);
    }

    [Fact]
    public async Task Cancellation_EndsTheStreamPromptly()
    {
        var folder = data.Images(210);
        await Prompt.Within(TimeSpan.FromSeconds(1), async _ =>
        {
            using var cancel = new CancellationTokenSource();
            var watch = new Stopwatch();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
            {
                await foreach (var batch in BatchStream.Open(Endless(folder)).WithCancellation(cancel.Token))
                    if (batch.Position == 100)
                    {
                        watch.Start();
                        await cancel.CancelAsync();
                    }
            });
            return watch.Elapsed;
        });
    }

    [Fact]
    public async Task ASlowConsumer_StopsTheReaders_NotTheMemory()
    {
        var spec = Endless(data.Images(2100));
        var stream = BatchStream.Open(spec);
        await using var batches = stream.GetAsyncEnumerator();
        Assert.True(await batches.MoveNextAsync());
        for (var wait = 0; wait < 600 && stream.Stats.Ready == 0; wait++) await Task.Delay(100);
        await Task.Delay(500);
        // Two windows in the slicer, one group waiting, the reader's capacity, and the windows of eight finished batches of four (groups have seven rows).
        Assert.InRange(stream.Stats.GroupsRead, 1, (2 * spec.WindowGroups) + 1 + spec.WindowGroups + spec.Readers + (8 * 4 / 7) + 1);
        Assert.True(stream.Stats.Ready > 0);
    }

    [Fact]
    public void ADatasetThatIsNotFinished_IsNamed() =>
        Assert.Contains("nowhere", Assert.Throws<FileNotFoundException>(() => BatchStream.Open(Endless("nowhere"))).Message, StringComparison.Ordinal);
}
