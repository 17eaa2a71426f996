using Flow.Dataflow.Streaming;
using Flow.Storage.Remote;
using Flow.Storage.Shards;
using Flow.TestData;
using Xunit;

namespace Flow.Dataflow.Tests.Streaming;

public sealed class RemoteStreamTests : IDisposable
{
    readonly TestDataset data = new();
    readonly string cache = Directory.CreateTempSubdirectory("flow-cache-").FullName;

    public void Dispose()
    {
        data.Dispose();
        Directory.Delete(cache, recursive: true);
    }

    static async Task<List<string>> Trace(string place)
    {
        var trace = new List<string>();
        await foreach (var batch in BatchStream.Open(new StreamSpec([new StreamSource(place)], Seed: 3, Batch: 8, Stop: 60, WindowGroups: 3)))
            trace.Add($"{batch.Position}: {string.Join(' ', batch.SampleIds)} {string.Join(' ', batch.Target)}");
        return trace;
    }

    [Fact]
    public async Task AStreamOverHttp_IsTheStreamOfTheFolder_WithFaultsAndASmallCache()
    {
        var folder = data.Images(200);
        var most = 3 * DatasetIndex.Load(folder).Shards.Max(shard => shard.Bytes); // of ten shards
        Environment.SetEnvironmentVariable("FLOW_CACHE", cache);
        Environment.SetEnvironmentVariable("FLOW_CACHE_BYTES", $"{most}");
        await using var server = await FaultyServer.Start(Path.GetDirectoryName(folder)!);
        server.Faults = (_, before) => (before % 5) switch { 1 => new Fault.Cut(2000), 3 => new Fault.Status(500), _ => null };
        Assert.Equal(await Trace(folder), await Trace($"{server.Address}/{Path.GetFileName(folder)}/"));
        Assert.InRange(Directory.GetFiles(cache).Sum(file => new FileInfo(file).Length), 1, most);

        server.Faults = (path, _) => path.EndsWith("shard-00004.parquet", StringComparison.Ordinal) ? new Fault.Status(410) : null;
        foreach (var copy in Directory.GetFiles(cache)) File.Delete(copy);
        var failure = await Assert.ThrowsAsync<RemoteStoreException>(() => Trace($"{server.Address}/{Path.GetFileName(folder)}/"));
        Assert.Contains("shard-00004.parquet", failure.Message, StringComparison.Ordinal);
    }
}
