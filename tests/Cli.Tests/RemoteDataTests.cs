using Flow.TestData;
using Xunit;

namespace Flow.Cli.Tests;

/// <summary>Shards behind a real HTTP server that fails now and then, from `flow ingest` to a trained study.</summary>
[Collection(InTinyLab.Name)]
public sealed class RemoteDataTests(TinyLab lab)
{
    /// <summary>In a store of its own: other tests count what is in the lab's.</summary>
    Task<Answer> Flow(params string[] words) => Terminal.Run([.. words, "--store", lab.At("remote-store")]);

    static string Study(string address, string hash) => $$"""
        {
          "name": "remote", "codec": { "like": "tiny", "fitOn": ["photos"] },
          "datasets": { "photos": { "kind": "shards", "layout": "imagenet", "address": "{{address}}", "content": "{{hash}}", "size": 64 } },
          "run": { "model": "tiny-d40-l2", "stages": [{ "kind": "pretrain", "dataset": "photos", "train": { "like": "tiny-pretrain", "steps": 4, "batch": 8 } }] }
        }
        """;

    [Fact]
    public async Task ShardsInAStore_AreShownVerifiedAndTrainedOn_WithoutAFolderOfTheirOwn()
    {
        Environment.SetEnvironmentVariable("FLOW_CACHE", lab.At("cache"));
        Assert.Equal(Verb.Done, (await Flow("synth", lab.At("scenes"), "--scenes", "24", "--layout", "Imagenet")).Code);
        var shards = lab.At("served/photos");
        Assert.Equal(Verb.Done, (await Flow("ingest", "Imagenet", lab.At("scenes/imagenet"), shards, "--size", "64")).Code);
        await using var server = await FaultyServer.Start(lab.At("served"));
        server.Faults = (_, before) => before switch { 0 => new Fault.Status(503), 1 => new Fault.Cut(1000), _ => null };
        var address = $"{server.Address}/photos/";

        var shown = (await Flow("data", "show", address, "--json")).Json;
        Assert.Equal(24, shown.GetProperty("samples").GetInt32());
        var hash = shown.GetProperty("dataset_hash").GetString()!;
        Assert.Equal(24, (await Flow("data", "ls", address, "--json")).Json[0].GetProperty("samples").GetInt32());
        Assert.Equal(Verb.Done, (await Flow("data", "verify", address)).Code);
        Assert.Equal(Verb.Done, (await Flow("data", "stats", address)).Code);

        await File.WriteAllTextAsync(lab.At("remote.json"), Study(address, hash));
        var run = await Flow("run", lab.At("remote.json"), "--json");
        Assert.True(run.Code == Verb.Done, run.Error);
        var taken = (await Flow("data", "ls", "--json")).Json.EnumerateArray().Single(row => row.GetProperty("place").GetString() == address);
        Assert.Empty(Directory.GetFiles(taken.GetProperty("folder").GetString()!, "*.parquet"));
        Assert.NotEmpty(Directory.GetFiles(lab.At("cache"), "*.parquet"));

        // What the data is, and not where, names the steps: the same shards in a folder leave nothing to do.
        await File.WriteAllTextAsync(lab.At("local.json"), Study(shards, hash));
        Assert.Equal(0, (await Flow("run", lab.At("local.json"), "--json")).Json.GetProperty("ran").GetInt32());
    }

    [Fact]
    public async Task OtherShardsThanTheStudyNames_AreRefused()
    {
        var data = Path.Combine(lab.Store, "steps", lab.HeldOut);
        await File.WriteAllTextAsync(lab.At("other.json"), Study(data, new string('0', 64)));
        var run = await Flow("run", lab.At("other.json"));
        Assert.Equal(Verb.Failed, run.Code);
        Assert.Contains("put the hash of the one you mean into content", run.Error + run.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ftp://host/data/", "ftp")]
    [InlineData("https://name:word@host/data/", "leave it out")]
    public async Task AnAddressThatIsNone_IsBadInput(string address, string says)
    {
        var answer = await Flow("data", "show", address);
        Assert.Equal(Verb.BadInput, answer.Code);
        Assert.Contains(says, answer.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("word@", answer.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnAddressWithoutADataSet_IsBadInput()
    {
        Directory.CreateDirectory(lab.At("empty"));
        await using var server = await FaultyServer.Start(lab.At("empty"));
        var answer = await Flow("data", "show", $"{server.Address}/nothing/");
        Assert.Equal(Verb.BadInput, answer.Code);
        Assert.Contains("/nothing/", answer.Error, StringComparison.Ordinal);
    }
}
