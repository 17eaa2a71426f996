using System.Security.Cryptography;
using Flow.Domain.Models;
using Flow.Domain.Planning;
using Flow.Domain.Studies;
using Flow.Jobs.Steps;
using Flow.TestData;
using Flow.Torch;
using Flow.Training.Models;
using Xunit;
using static TorchSharp.torch;

namespace Flow.Jobs.Tests;

/// <summary>Runs that begin with weights that somebody else has trained.</summary>
public sealed class ImportStudyTests : IDisposable
{
    const string Data = """
          "codec": { "like": "tiny-c4", "fitOn": ["photos"], "fitSamples": 24 },
          "datasets": { "photos": { "like": "scene-photos", "scenes": 12 }, "depth": { "like": "scene-depth", "scenes": 12 } }
        """;

    const string Pretraining = $$"""
        { "name": "theirs", {{Data}}, "run": { "model": "tiny-d32-l2-c4", "stages": [
            { "kind": "pretrain", "dataset": "photos", "train": { "like": "tiny-pretrain", "steps": 6, "batch": 4 } },
            { "kind": "held-out-loss", "dataset": "photos" } ] } }
        """;

    /// <summary>Of the exported file.</summary>
    string known = "";

    readonly string root = Directory.CreateTempSubdirectory("flow-import-study-").FullName;

    string File => Path.Combine(root, "theirs.safetensors");

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public async Task WeightsOfAnotherStore_HaveTheSameLossHere_AndAreFineTuned_AndTheirFileMayGo()
    {
        var theirs = await Trained(Pretraining);
        var (ours, plan) = (new Lab(Path.Combine(root, "ours"), 2), Importing(known));
        Assert.Empty((await new StudyRunner(ours, new PerceptionStudy.Quiet()).Run(plan, root, CancellationToken.None)).Failures);

        // The model is the same to the bit, and so is what its training is said to have cost.
        const string Measured = "select value, images, tokens, train_macs, params, optimizer_step from results where stage = 'held-out-loss' and metric = 'loss'";
        Assert.Equal(theirs.Results.Query(Measured).Rows, ours.Results.Query(Measured).Rows);
        Assert.Equal(1L, ours.Results.Query("select count(*) from results where metric = 'absrel' and stage = 'evaluate' and value > 0").Rows[0][0]);
        var spent = ours.Results.Query("select distinct stage, train_macs from results where stage in ('held-out-loss', 'evaluate')").Rows.ToDictionary(row => (string)row[0]!, row => (double)row[1]!);
        Assert.True(spent["evaluate"] > spent["held-out-loss"], "fine-tuning comes on top of what the weights had cost");

        // The file is in the checkpoint by now, and moving it changes no step's name.
        System.IO.File.Delete(File);
        var begun = new Begun();
        Assert.Empty((await new StudyRunner(ours, begun).Run(Importing(known, "elsewhere.safetensors"), root, CancellationToken.None)).Failures);
        Assert.Empty(begun.Steps);
    }

    /// <summary>A released perception model is measured as it is: what it knew where it was trained, it knows here.</summary>
    [Fact]
    public async Task WeightsThatKnowATask_AreEvaluatedAsTheyAre()
    {
        const string Flow = """
              "codec": { "like": "tiny-c4", "fitOn": ["flow"], "fitSamples": 24 }, "datasets": { "flow": { "like": "scene-flow", "scenes": 12 } }
            """;
        const string Evaluated = """{ "kind": "evaluate", "task": "flow", "dataset": "flow", "samplers": [{ "steps": 1 }] }""";
        var theirs = await Trained($$"""
            { "name": "theirs", {{Flow}}, "run": { "model": "tiny-d32-l2-c4", "stages": [
                { "kind": "fine-tune", "tasks": [{ "task": "flow", "dataset": "flow" }], "conditioning": "generalist", "train": { "like": "tiny-perception", "steps": 4, "batch": 4 } }, {{Evaluated}} ] } }
            """);
        var ours = new Lab(Path.Combine(root, "ours"), 2);
        var plan = Planned($$"""
            { "name": "ours", {{Flow}}, "run": { "model": { "like": "tiny-d32-l2-c4", "conditioning": "generalist", "classes": 10 }, "stages": [
                { "kind": "import", "sha256": "{{known}}", "path": "theirs.safetensors", "tasks": ["flow"], "diffusion": { "target": "x0", "loss": "mse" } }, {{Evaluated}} ] } }
            """);
        Assert.Empty((await new StudyRunner(ours, new PerceptionStudy.Quiet()).Run(plan, root, CancellationToken.None)).Failures);
        const string Measured = "select metric, value from results where stage = 'evaluate' and metric in ('epe', 'epe_fitted') order by metric";
        Assert.Equal(2, ours.Results.Query(Measured).Rows.Count);
        Assert.Equal(theirs.Results.Query(Measured).Rows, ours.Results.Query(Measured).Rows);
    }

    /// <summary>As DiT's own training script leaves them: the averaged weights are taken.</summary>
    [GoldenFact]
    public async Task ACheckpointOfDiTsTraining_IsImportedToTheBit()
    {
        var file = Path.Combine(SharedFolder.Golden!, "ckpt_train.pt");
        var plan = Planned($$"""
            { "name": "golden", "codec": { "like": "tiny-c4", "fitOn": ["photos"], "fitSamples": 24 },
              "datasets": { "photos": { "like": "scene-photos", "scenes": 12, "size": 32 } },
              "run": { "model": { "name": "golden", "hidden": 32, "depth": 2, "heads": 2, "latentSize": 4, "classes": 5 }, "stages": [
                { "kind": "import", "sha256": "{{Hash(file)}}", "path": "{{file}}" },
                { "kind": "held-out-loss", "dataset": "photos" } ] } }
            """);
        var lab = new Lab(Path.Combine(root, "golden"), 2);
        Assert.Empty((await new StudyRunner(lab, new PerceptionStudy.Quiet()).Run(plan, root, CancellationToken.None)).Failures);
        using var scope = NewDisposeScope();
        var weights = Checkpoints.Latest(lab.Steps.Open(plan.Steps.Find(step => step.Kind == StepKind.Import).Map(step => step.Name.Hex).IfNone("")), Assert.Fail)
            .Map(state => state.Ema).IfNone(() => throw new InvalidDataException("no checkpoint"));
        var expected = Safetensors.Load(Path.Combine(SharedFolder.Golden!, "ckpt_train.expected.safetensors"));
        Assert.NotEmpty(weights);
        Assert.All(weights, tensor => Assert.True(tensor.Value.eq(expected[$"ema.{tensor.Key}"]).all().item<bool>(), tensor.Key));
        Assert.InRange((double)lab.Results.Query("select value from results where metric = 'loss'").Rows[0][0]!, 0.1, 10);
    }

    [Theory]
    [InlineData("absence", "there is no")]
    [InlineData("hash", "another file, or a damaged one")]
    [InlineData("damage", "theirs.safetensors")]
    [InlineData("model", "x_embedder.proj.weight is [32, 4, 2, 2] where the model has [48, 4, 2, 2]")]
    public async Task WhatIsWrongWithTheFile_IsToldByTheImport(string what, string message)
    {
        Untrained();
        if (what == "damage") await System.IO.File.WriteAllBytesAsync(File, (await System.IO.File.ReadAllBytesAsync(File))[..1000]);
        var hash = what == "hash" ? new string('0', 64) : Hash(File);
        if (what == "absence") System.IO.File.Delete(File);
        var plan = Importing(hash, model: what == "model" ? "tiny-d48-l2-c4" : "tiny-d32-l2-c4");
        var outcome = await new StudyRunner(new Lab(Path.Combine(root, "ours"), 2), new PerceptionStudy.Quiet()).Run(plan, root, CancellationToken.None);
        var (_, told) = outcome.Failures.First(failure => failure.Step.Kind == StepKind.Import);
        Assert.StartsWith("import.", told, StringComparison.Ordinal);
        Assert.Contains(message, told, StringComparison.Ordinal);
    }

    sealed class Begun : IProgress<StudyEvent>
    {
        public List<string> Steps { get; } = [];

        public void Report(StudyEvent value)
        {
            if (value is StudyEvent.Started started) Steps.Add(started.Label);
        }
    }

    /// <summary>Trains in a store of its own, and exports as `flow export` does.</summary>
    async Task<Lab> Trained(string study)
    {
        var lab = new Lab(Path.Combine(root, "theirs"), 2);
        Assert.Empty((await new StudyRunner(lab, new PerceptionStudy.Quiet()).Run(Planned(study), root, CancellationToken.None)).Failures);
        using var scope = NewDisposeScope();
        var state = Checkpoints.Latest(lab.Steps.Open(TrainedRun.Find(lab, "theirs").Step.Name.Hex), Assert.Fail).IfNone(() => throw new InvalidDataException("no checkpoint"));
        Safetensors.Save(File, state.Ema);
        known = Hash(File);
        return lab;
    }

    /// <summary>The file as it must be, of a model that has learned nothing.</summary>
    void Untrained()
    {
        using var scope = NewDisposeScope();
        using var network = Networks.Build(Sizes.All.Find(size => size.Name == "tiny-d32-l2-c4").IfNone(() => throw new InvalidDataException("no such size")), seed: 1);
        Safetensors.Save(File, network.named_parameters().ToDictionary(entry => entry.name, entry => (Tensor)entry.parameter));
    }

    static string Hash(string file) => Convert.ToHexStringLower(SHA256.HashData(System.IO.File.ReadAllBytes(file)));

    static Plan Importing(string sha256, string file = "theirs.safetensors", string model = "tiny-d32-l2-c4") => Planned($$"""
        { "name": "ours", {{Data}}, "run": { "model": "{{model}}", "stages": [
            { "kind": "import", "sha256": "{{sha256}}", "path": "{{file}}", "steps": 6, "batch": 4, "diffusion": { "loss": "mse" } },
            { "kind": "held-out-loss", "dataset": "photos" },
            { "kind": "fine-tune", "tasks": [{ "task": "depth", "dataset": "depth" }], "train": { "like": "tiny-perception", "steps": 4, "batch": 4 } },
            { "kind": "evaluate", "task": "depth", "dataset": "depth", "samplers": [{ "steps": 1 }] } ] } }
        """);

    static Plan Planned(string study) => Plan.Of(StudyText.Read(study).Match(
        Succ: read => read, Fail: mistakes => throw new InvalidDataException(string.Join("; ", mistakes))));
}
