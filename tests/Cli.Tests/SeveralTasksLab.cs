using Flow.Dataflow.Codecs;
using Xunit;

namespace Flow.Cli.Tests;

/// <summary>A store in which one tiny model of depth, flow and amodal segmentation was trained for a few steps, and pictures to predict on.</summary>
public sealed class SeveralTasksLab : IAsyncLifetime
{
    const string Study = """
        {
          "name": "several", "claim": "none: it makes a store for tests", "source": "this test", "cost": "seconds", "command": "flow run several.json",
          "codec": { "like": "tiny", "fitOn": ["depth"], "fitSamples": 16 },
          "datasets": {
            "depth": { "kind": "synthetic", "layout": "hypersim", "scenes": 16 },
            "flow": { "kind": "synthetic", "layout": "flying-chairs", "scenes": 16 },
            "amodal": { "kind": "synthetic", "layout": "pix2gestalt", "scenes": 16 } },
          "run": { "model": "tiny-d40-l2", "stages": [
            { "kind": "fine-tune", "conditioning": "generalist", "train": { "like": "tiny-perception", "steps": 12, "batch": 6, "flip": false },
              "tasks": [{ "task": "depth", "dataset": "depth" }, { "task": "flow", "dataset": "flow" }, { "task": "amodal", "dataset": "amodal" }] } ] }
        }
        """;

    readonly string root = Directory.CreateTempSubdirectory("flow-several-").FullName;

    public async Task InitializeAsync()
    {
        await File.WriteAllTextAsync(At("several.json"), Study);
        var answer = await Flow("run", At("several.json"));
        Assert.True(answer.Code == Verb.Done, answer.Error);
        await Picture("one.png", 90, 60, (x, y) => (byte)(2 * x + y));
        await Picture("two.png", 90, 60, (x, y) => (byte)(2 * (x - 3) + y));
        await Picture("small.png", 45, 30, (_, _) => 9);
        await Picture("left.png", 90, 60, (x, _) => x < 40 ? byte.MaxValue : (byte)0);
        await Picture("right.png", 90, 60, (x, _) => x > 50 ? byte.MaxValue : (byte)0);
    }

    public Task DisposeAsync()
    {
        Directory.Delete(root, recursive: true);
        return Task.CompletedTask;
    }

    public string At(string name) => Path.Combine(root, name);

    public Task<Answer> Flow(params string[] words) => Terminal.Run([.. words, "--store", At("store")]);

    Task Picture(string name, int width, int height, Func<int, int, byte> gray) => File.WriteAllBytesAsync(
        At(name), Png.Encode(new RgbImage(height, width, [.. Enumerable.Range(0, width * height).SelectMany(i => Enumerable.Repeat(gray(i % width, i / width), 3))])));
}
