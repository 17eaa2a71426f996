using Xunit;

namespace Flow.Cli.Tests;

/// <summary>A study whose data, codec and weights are elsewhere is refused before anything of it runs.</summary>
[Collection(InTinyLab.Name)]
public sealed class OutsideFilesTests(TinyLab lab)
{
    const string Study = """
        {
          "name": "far-away", "claim": "none", "source": "this test", "cost": "nothing", "command": "flow run far.json",
          "codec": { "kind": "autoencoder-kl", "weights": "sd-vae-ft-ema", "path": "vae.safetensors" },
          "datasets": { "photos": { "kind": "folder", "layout": "imagenet", "path": "${FLOW_NOWHERE}/imagenet", "content": "imagenet", "size": 64 }, "rendered": { "like": "scene-depth", "scenes": 8 }, "depth": { "kind": "folder", "layout": "hypersim", "path": "hypersim", "content": "hypersim", "size": 64 } },
          "run": { "model": "tiny-d32-l2-c4", "stages": [
            { "kind": "import", "sha256": "0000000000000000000000000000000000000000000000000000000000000000", "path": "dit.pt", "diffusion": { "loss": "mse" } },
            { "kind": "held-out-loss", "dataset": "photos" },
            { "kind": "fine-tune", "tasks": [{ "task": "depth", "dataset": "depth" }], "train": { "like": "tiny-perception", "steps": 2, "batch": 2 } },
            { "kind": "evaluate", "task": "depth", "dataset": "rendered" } ] }
        }
        """;

    [Theory]
    [InlineData("run")]
    [InlineData("train")]
    public async Task AllOfIt_IsNamedAtOnce_AndNothingRuns(string verb)
    {
        var study = lab.At("far.json");
        await File.WriteAllTextAsync(study, Study);
        var answer = await lab.Flow(verb, study);
        Assert.Equal(Verb.BadInput, answer.Code);
        foreach (var (field, file) in new[] { ("codec.path", "vae.safetensors"), ("datasets.depth.path", "hypersim"), ("import.path", "dit.pt") })
            Assert.Contains($"{field}: {lab.At(file)} is not there", answer.Error, StringComparison.Ordinal);
        // A training alone needs no photographs: only the held-out loss reads them.
        Assert.Equal(verb == "run", answer.Error.Contains("datasets.photos.path: ${FLOW_NOWHERE}/imagenet is not known: set the environment variable FLOW_NOWHERE", StringComparison.Ordinal));
        Assert.DoesNotContain("render", answer.Error, StringComparison.Ordinal);
    }
}
