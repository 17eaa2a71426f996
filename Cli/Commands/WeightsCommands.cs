using System.CommandLine;
using Flow.Domain;
using Flow.Domain.Models;
using Flow.Jobs;
using Flow.Jobs.Steps;
using Flow.Torch;
using Flow.Training.Checkpoints;
using Flow.Training.Models;
using static TorchSharp.torch;

namespace Flow.Cli.Commands;

/// <summary>`flow import` and `flow export`: weights in and out, under the key names of the official DiT.</summary>
public static class WeightsCommands
{
    const string Ending = ".safetensors";

    static readonly Argument<string> From = new("file") { Description = "A .pt or .safetensors file, or a checkpoint directory of ours" };
    static readonly Argument<string> Into = new("out") { Description = "The .safetensors file to write" };
    static readonly Option<string?> Part = new("--part") { Description = "Which weights: model or ema (default: ema, the averaged ones, where there are any)" };
    static readonly Option<bool> Any = new("--any") { Description = "Also take weights that belong to no published model" };

    /// <summary>Reads without running anything: a .pt file is a pickle, of which only tensors are read.</summary>
    public static Command Import() => Verb.Of("import", "Convert published weights (.pt or .safetensors), and say whose they are", [From, Into, Part, Any], call =>
    {
        var (from, into) = (Path.GetFullPath(call.Get(From)), Target(call));
        if (!File.Exists(from) && !Directory.Exists(from)) throw new BadInputException($"there is no {from}");
        using var scope = NewDisposeScope();
        var state = WeightsFile.Read(from, Chosen(call)).IfLeft(error => throw new BadInputException(error.Message));
        var model = SpecOfWeights.Recognise(state).MatchUnsafe<ModelSpec?>(
            Right: spec => spec,
            Left: error => call.Get(Any) ? null : throw new BadInputException($"{from}: {error.Message} --any converts them all the same"));
        Safetensors.Save(into, state, new Dictionary<string, string> { ["source"] = Path.GetFileName(from) });
        Tell(call, into, model, state);
        return Verb.Done;
    });

    public static Command Export() => Verb.Of("export", "Write a finished training's weights for other programs", [SamplerOptions.Run, Into, Part], call =>
    {
        var into = Target(call);
        var lab = new Lab(call.Store, 1);
        var run = TrainedRun.Find(lab, call.Get(SamplerOptions.Run));
        using var scope = NewDisposeScope();
        var state = Checkpoints.Latest(lab.Steps.Open(run.Step.Name.Hex), Call.Say)
            .IfNone(() => throw new StepFailure($"{run.Name} has no checkpoint that is whole"));
        var weights = Chosen(call) == "model" || state.Ema.Count == 0 ? state.Weights : state.Ema;
        Safetensors.Save(into, weights, new Dictionary<string, string> { ["model"] = run.Model.Name, ["run"] = run.Name, ["step"] = run.Step.Name.Hex });
        Tell(call, into, run.Model, weights);
        return Verb.Done;
    });

    static string Target(Call call)
    {
        var path = Path.GetFullPath(call.Get(Into));
        if (!path.EndsWith(Ending, StringComparison.OrdinalIgnoreCase)) throw new BadInputException($"out: {path} does not end in {Ending}");
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        return path;
    }

    static string? Chosen(Call call) => call.Get(Part) switch
    {
        null or "model" or "ema" => call.Get(Part),
        var other => throw new BadInputException($"--part: {other} is neither model nor ema"),
    };

    static void Tell(Call call, string into, ModelSpec? model, IReadOnlyDictionary<string, Tensor> state)
    {
        var count = state.Values.Sum(tensor => tensor.numel());
        var written = ManifestFile.Of(into);
        call.Answer(
            new
            {
                file = into,
                model = model?.Name,
                conditioning = model?.Conditioning.ToString().ToLowerInvariant(),
                latent_size = model?.LatentSize,
                classes = model?.Classes,
                learn_sigma = model?.LearnSigma,
                tensors = state.Count,
                values = count,
                bytes = written.Bytes,
                sha256 = written.Sha256,
            },
            $"{model?.Name ?? "no published model"}: {state.Count} tensors, {Quantity.Count(count)} values{Environment.NewLine}{into}{Environment.NewLine}sha256 {written.Sha256}");
    }
}
