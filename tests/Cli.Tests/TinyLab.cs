using Xunit;

namespace Flow.Cli.Tests;

/// <summary>A store in which one tiny study of depth has run: 24 scenes, 20 updates. Made once for all tests of the command line.</summary>
public sealed class TinyLab : IAsyncLifetime
{
    public const string Run = "tiny:tiny";

    const string Study = """
        {
          "name": "tiny", "claim": "none: it makes a store for tests", "source": "this test", "cost": "seconds", "command": "flow run tiny.json",
          "codec": { "like": "tiny", "fitOn": ["depth"], "fitSamples": 24 },
          "datasets": { "depth": { "kind": "synthetic", "layout": "hypersim", "scenes": 24 }, "val": { "kind": "synthetic", "layout": "hypersim", "scenes": 8, "offset": 1000 } },
          "run": { "model": "tiny-d40-l2", "stages": [
            { "kind": "fine-tune", "tasks": [{ "task": "depth", "dataset": "depth" }], "train": { "like": "tiny-perception", "steps": 20, "batch": 8 } },
            { "kind": "evaluate", "task": "depth", "dataset": "val", "samplers": [{ "steps": 1 }, { "steps": 2, "ensemble": 2 }] } ] }
        }
        """;

    public string Root { get; } = Path.Combine(Path.GetTempPath(), $"flow-cli-{Guid.NewGuid():N}");

    public string Store => Path.Combine(Root, "store");

    public string StudyFile => Path.Combine(Root, "tiny.json");

    /// <summary>Name of the ingest step of the eight held-out scenes.</summary>
    public string HeldOut { get; private set; } = "";

    public string At(string name) => Path.Combine(Root, name);

    public async Task InitializeAsync()
    {
        Directory.CreateDirectory(Root);
        await File.WriteAllTextAsync(StudyFile, Study);
        var answer = await Flow("run", StudyFile, "--json");
        Assert.True(answer.Code == 0, answer.Error + answer.Out);
        HeldOut = (await Flow("data", "ls", "--json")).Json.EnumerateArray().First(row => row.GetProperty("samples").GetInt32() == 8).GetProperty("name").GetString()!;
    }

    /// <summary>`flow WORDS --store` this store.</summary>
    public Task<Answer> Flow(params string[] words) => Terminal.Run([.. words, "--store", Store]);

    public Task DisposeAsync()
    {
        Directory.Delete(Root, recursive: true);
        return Task.CompletedTask;
    }
}

[CollectionDefinition(Name)]
public sealed class InTinyLab : ICollectionFixture<TinyLab>
{
    public const string Name = "tiny lab";
}
