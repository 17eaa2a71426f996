using Flow.Dataflow.Codecs;
using Flow.Domain.Planning;
using Flow.Domain.Studies;
using Flow.Jobs.Steps;
using Flow.Torch;
using Flow.Training.Autoencoders;
using Xunit;
using static TorchSharp.torch;

namespace Flow.Jobs.Tests;

/// <summary>A study whose codec is an autoencoder of Stable Diffusion's shape and key names, with few channels and random weights.</summary>
public sealed class AutoencoderStudyTests : IDisposable
{
    const string Study = """
        {
          "name": "through-an-autoencoder",
          "codec": { "kind": "autoencoder-kl", "weights": "random", "path": "vae/weights.safetensors" },
          "datasets": { "photos": { "like": "scene-photos", "scenes": 12 }, "depth": { "like": "scene-depth", "scenes": 12 } },
          "run": { "model": "tiny-d32-l2-c4", "stages": [
            { "kind": "pretrain", "dataset": "photos", "train": { "like": "tiny-pretrain", "steps": 4, "batch": 4 } },
            { "kind": "fine-tune", "tasks": [{ "task": "depth", "dataset": "depth" }], "train": { "like": "tiny-perception", "steps": 4, "batch": 4 } },
            { "kind": "evaluate", "task": "depth", "dataset": "depth", "samplers": [{ "steps": 2 }] } ] }
        }
        """;

    readonly string root = Directory.CreateTempSubdirectory("flow-vae-study-").FullName;

    string Weights => Path.Combine(root, "vae", "weights.safetensors");

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public async Task EveryStageRuns_AndTheShardsCarryItsHash_AndItsFileMayGo()
    {
        var hash = WriteAutoencoder([16, 16, 32, 32]);
        var (lab, plan) = (new Lab(Path.Combine(root, "store"), 2), Planned());
        Assert.Empty((await new StudyRunner(lab, new PerceptionStudy.Quiet()).Run(plan, root, CancellationToken.None)).Failures);
        foreach (var ingest in plan.Steps.Filter(step => step.Kind == StepKind.Ingest))
        {
            var data = new ShardedData(lab.Steps.Open(ingest.Name.Hex));
            Assert.Equal((hash, 12), (data.Schema.CodecHash, data.Index.Samples));
        }
        Assert.Equal(1L, lab.Results.Query("select count(*) from results where metric = 'absrel' and stage = 'evaluate' and value > 0").Rows[0][0]);

        // The step kept its own copy, which prediction needs long after the download was tidied away.
        Directory.Delete(Path.Combine(root, "vae"), recursive: true);
        var run = TrainedRun.Find(lab, "through-an-autoencoder");
        var image = new RgbImage(64, 64, [.. Enumerable.Range(0, 3 * 64 * 64).Select(i => (byte)(i % 251))]);
        var prediction = Assert.Single(PredictRun.Of(lab, run, run.Task(null), [new OwnImage(image)], new Domain.Diffusion.SamplerSpec(2), seed: 0, Assert.Fail));
        Assert.Equal(64 * 64, prediction.Map.Length);
        Assert.True(prediction.Map.All(float.IsFinite) && prediction.Map.Max() > prediction.Map.Min());
    }

    [Theory]
    [InlineData("shape", "makes 4 latent channels of 2 x 2 pixels")]
    [InlineData("damage", "weights.safetensors")]
    [InlineData("absence", "codec.path")]
    public async Task WhatIsWrongWithTheFile_IsToldByTheCodecsStep(string what, string message)
    {
        WriteAutoencoder(what == "shape" ? [16, 32] : [16, 16, 32, 32]);
        if (what == "damage") await File.WriteAllBytesAsync(Weights, (await File.ReadAllBytesAsync(Weights))[..1000]);
        if (what == "absence") File.Delete(Weights);
        var outcome = await new StudyRunner(new Lab(Path.Combine(root, "store"), 2), new PerceptionStudy.Quiet()).Run(Planned(), root, CancellationToken.None);
        var (step, told) = outcome.Failures[0];
        Assert.Equal(StepKind.FitCodec, step.Kind);
        Assert.Contains(message, told, StringComparison.Ordinal);
    }

    static Plan Planned() => Plan.Of(StudyText.Read(Study).Match(Succ: study => study, Fail: mistakes => throw new InvalidDataException(string.Join("; ", mistakes))));

    /// <summary>As published: weights under diffusers' names, and beside them the configuration.</summary>
    /// <returns>The hash of the codec.</returns>
    string WriteAutoencoder(int[] channels)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Weights)!);
        File.WriteAllText(Path.Combine(root, "vae", "config.json"), $$"""
            { "_class_name": "AutoencoderKL", "block_out_channels": [{{string.Join(", ", channels)}}], "latent_channels": 4, "layers_per_block": 1, "norm_num_groups": 8 }
            """);
        using var scope = NewDisposeScope();
        manual_seed(5);
        var model = new AutoencoderKL(new AutoencoderSpec(channels, LayersPerBlock: 1, NormGroups: 8));
        Safetensors.Save(Weights, model.named_parameters().ToDictionary(entry => entry.name, entry => (Tensor)entry.parameter));
        using var codec = AutoencoderCodec.Open(Weights, 0.18215, CPU).IfLeft(error => throw new InvalidOperationException(error.Message));
        return codec.Hash;
    }
}
