using System.Diagnostics;
using Flow.Dataflow.Codecs;
using Flow.Dataflow.Ingest;
using Flow.Dataflow.Sources;
using Flow.Domain;
using Flow.Domain.Data;
using Flow.Domain.Runs;
using Flow.Storage.Shards;
using Flow.TestData;
using Xunit;

namespace Flow.Dataflow.Tests.Ingest;

public sealed class IngestGraphTests : IDisposable
{
    const int Size = 32;

    readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    static SampleSource Scenes(int count, DatasetLayout layout = DatasetLayout.Imagenet) =>
        Synthetic.Open(new DatasetSpec.Synthetic(layout, count, Size));

    Task<IngestReport> Run(SampleSource source, string name, IngestOptions? options = null, ImageEncoder? encoder = null,
        Action<IngestProgress>? progress = null, CancellationToken cancel = default) => IngestGraph.Run(
            source, Preparation.For(source.Task, Size), encoder ?? Pooling.For(Size), folder[name], options ?? new IngestOptions(8, 4), progress, cancel);

    [Theory]
    [InlineData(DatasetLayout.Imagenet, null, 2)]
    [InlineData(DatasetLayout.Hypersim, PerceptionTask.Depth, 7)]
    [InlineData(DatasetLayout.FlyingChairs, PerceptionTask.Flow, 7)]
    [InlineData(DatasetLayout.Pix2gestalt, PerceptionTask.Amodal, 9)]
    public async Task EveryTask_WritesItsBlobs_InOrder(DatasetLayout layout, PerceptionTask? task, int blobs)
    {
        var source = Scenes(21, layout);
        Assert.Equal(task, source.Task);
        var report = await Run(source, "data");
        Assert.Equal(21, report.Index.Samples);
        Assert.Equal(blobs, report.Index.Schema.Blobs.Count);
        var samples = Samples(folder["data"]);
        Assert.Equal(Enumerable.Range(0, 21).Select(i => (long)i), samples.Select(sample => sample.Id));
        Assert.All(samples, sample => Assert.All(sample.Blobs, blob => Assert.NotEmpty(blob)));
        Assert.Equal(Enumerable.Range(0, 21).Select(i => (long)Synthetic.Render(new DatasetSpec.Synthetic(layout, 21, Size), i).Label), samples.Select(sample => sample.Label));
    }

    [Fact]
    public async Task TheDatasetHash_IsTheSame_OnAnyNumberOfWorkersAndBatches()
    {
        var one = await Run(Scenes(50), "one", new IngestOptions(50, 1));
        var many = await Run(Scenes(50), "many", new IngestOptions(7, 8));
        Assert.Equal(one.Index.DatasetHash, many.Index.DatasetHash);
    }

    [Fact]
    public async Task ABrokenImage_IsNamed_Counted_AndLeftOut()
    {
        var source = Broken(Scenes(30), 4, 5, 29);
        var report = await Run(source, "data");
        Assert.Equal((27, 3), (report.Index.Samples, report.Skipped));
        Assert.Equal(["image 4", "image 5", "image 29"], report.Problems.Select(problem => problem[..problem.IndexOf(':')]));
        Assert.DoesNotContain(Samples(folder["data"]), sample => sample.Id is 4 or 5 or 29);
    }

    [Fact]
    public async Task Strict_EndsAtTheFirstBrokenImage_WithItsError()
    {
        var error = await Assert.ThrowsAsync<BadFileException>(() => Run(Broken(Scenes(10_000), 40), "data", new IngestOptions(8, 4, Strict: true)));
        Assert.Equal("image 40", error.File);
        Assert.False(File.Exists(Path.Combine(folder["data"], DatasetIndex.FileName)));
    }

    [Fact]
    public async Task WhenNothingCanBeRead_TheFirstProblemIsSaid() => Assert.Contains(
        "not one of 3 samples could be read; the first: image 0",
        (await Assert.ThrowsAsync<BadInputException>(() => Run(Broken(Scenes(3), 0, 1, 2), "data"))).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("list")]
    [InlineData("decode")]
    [InlineData("encode")]
    [InlineData("progress")]
    public async Task AFaultInAnyBlock_EndsTheGraphWithinASecond_WithThatError(string where)
    {
        await Prompt.Within(TimeSpan.FromSeconds(1), async attempt =>
        {
            var failed = 0L;
            void Fail(string here)
            {
                if (here != where) return;
                Interlocked.CompareExchange(ref failed, Stopwatch.GetTimestamp(), 0);
                throw new InvalidOperationException($"fault in {here}");
            }
            var source = Scenes(1_000_000) with
            {
                List = () => Scenes(1_000_000).List().Select(sample =>
                {
                    if (sample.Id == 60) Fail("list");
                    return sample;
                }),
                Load = sample =>
                {
                    if (sample.Id == 60) Fail("decode");
                    return Scenes(1_000_000).Load(sample);
                },
            };
            var batches = 0;
            var encoder = Pooling.For(Size) with
            {
                Encode = (batch, cancel) =>
                {
                    if (++batches == 9) Fail("encode");
                    return Pooling.For(Size).Encode(batch, cancel);
                },
            };
            var error = await Assert.ThrowsAsync<InvalidOperationException>(
                () => Run(source, $"data{attempt}", encoder: encoder, progress: _ => Fail("progress")));
            Assert.Equal($"fault in {where}", error.Message);
            return Stopwatch.GetElapsedTime(failed);
        });
    }

    [Fact]
    public async Task AnEncoderThatNeverAnswers_IsLeftByCancellation()
    {
        using var cancel = new CancellationTokenSource();
        var encoder = Pooling.For(Size) with { Encode = async (_, token) => { cancel.CancelAfter(100); await Task.Delay(-1, token); return []; } };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Run(Scenes(1000), "data", encoder: encoder, cancel: cancel.Token));
        Assert.False(File.Exists(Path.Combine(folder["data"], DatasetIndex.FileName)));
    }

    [Fact]
    public async Task TheListing_RunsOnlyAFewSamplesAhead()
    {
        var (listed, encoded, ahead) = (0L, 0L, 0L);
        var source = Scenes(400);
        source = source with { List = () => Scenes(400).List().Select(sample => { listed++; return sample; }) };
        var encoder = Pooling.For(Size) with
        {
            Encode = (batch, cancel) =>
            {
                ahead = Math.Max(ahead, listed - encoded);
                if (batch.Blob == BlobSpec.Latents) encoded += batch.Count;
                return Pooling.For(Size).Encode(batch, cancel);
            },
        };
        await Run(source, "data", new IngestOptions(8, 4), encoder);
        Assert.InRange(ahead, 1, 60);
    }

    [Fact]
    public async Task Progress_EndsAtTheTotal()
    {
        var last = default(IngestProgress);
        await Run(Broken(Scenes(40), 3), "data", progress: progress => last = progress);
        Assert.Equal((39, 40, 1), (last.Done, last.Total, last.Skipped));
        Assert.Equal(TimeSpan.Zero, last.Remaining);
        Assert.True(last is { SamplesPerSecond: > 0, Bytes: > 0 });
    }

    [Fact]
    public async Task Mirrored_LatentsOfFlow_RunTheOtherWay()
    {
        await Run(Scenes(3, DatasetLayout.FlyingChairs), "data");
        foreach (var sample in Samples(folder["data"]))
        {
            var (plain, flip) = (new float[48], new float[48]);
            BlobBytes.ToFloats(sample.Blobs[2], plain);
            BlobBytes.ToFloats(sample.Blobs[3], flip);
            for (var y = 0; y < 4; y++)
                for (var x = 0; x < 4; x++)
                {
                    Assert.Equal(-plain[y * 4 + x], flip[y * 4 + 3 - x], 2e-3f);
                    Assert.Equal(plain[16 + y * 4 + x], flip[16 + y * 4 + 3 - x], 2e-3f);
                }
        }
    }

    [DataFact]
    public async Task RealPhotographs_BecomeAShard()
    {
        var source = ImageNet.Open(Path.Combine(SharedFolder.Data!, "imagenet", "train"), "train", atLeast: 2 * Size);
        var report = await Run(source, "data");
        Assert.Equal((250, 0), (report.Index.Samples, report.Skipped));
        Assert.Equal(250, report.Index.Labels.Count);
    }

    static SampleSource Broken(SampleSource source, params long[] ids) => source with
    {
        Load = sample => ids.Contains(sample.Id) ? throw new BadFileException($"image {sample.Id}", "is broken", "remove it") : source.Load(sample),
    };

    static List<LatentSample> Samples(string folder) =>
    [..
        from file in Directory.GetFiles(folder, "*.parquet").Order(StringComparer.Ordinal)
        let shard = ShardReader.Open(file)
        from number in Enumerable.Range(0, shard.GroupRows.Count)
        from sample in shard.ReadGroup(number)
        select sample
    ];
}
