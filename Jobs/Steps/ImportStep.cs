using Flow.Domain.Models;
using Flow.Domain.Planning;
using Flow.Training.Checkpoints;
using Flow.Training.Models;
using static TorchSharp.torch;

namespace Flow.Jobs.Steps;

/// <summary>Published weights become the checkpoint that a run's later stages begin from; the file may go afterwards.</summary>
static class ImportStep
{
    public static void Run(StepContext context, Payload.Import payload)
    {
        var path = DataPlaces.Resolve(payload.Path, context.BaseFolder);
        if (!File.Exists(path)) throw new StepFailure($"import.path: there is no {path}");
        context.Report(null, "", null, $"checking {Path.GetFileName(path)}");
        var hash = ManifestFile.Of(path).Sha256;
        if (hash != payload.Sha256)
            throw new StepFailure($"import.sha256: {path} has {hash}, not the study's {payload.Sha256}: it is another file, or a damaged one");
        using var scope = NewDisposeScope();
        using var network = Networks.Build(payload.Model, seed: 0);
        Weights.Load(network, Fitting(path, payload)).IfLeft(error => throw new StepFailure($"import.path: {path}: {error.Message}"));
        var weights = network.named_parameters().ToDictionary(entry => entry.name, entry => (Tensor)entry.parameter);
        Checkpoints.Save(context.Directory, SavedTraining.Of(weights), context.Step, new Retention(KeepLast: 1));
    }

    /// <summary>The file's weights for the run's model: moved to it from the published model that they are recognised as, or as they are.</summary>
    static IReadOnlyDictionary<string, Tensor> Fitting(string path, Payload.Import payload)
    {
        var state = WeightsFile.Read(path).IfLeft(error => throw new StepFailure($"import.path: {error.Message}"));
        return SpecOfWeights.Recognise(state).Match(
            Right: published => Moved(path, state, published, payload),
            Left: _ => state); // of the run's own model, or else loading says what does not fit
    }

    static Dictionary<string, Tensor> Moved(string path, IReadOnlyDictionary<string, Tensor> state, ModelSpec published, Payload.Import payload)
    {
        if (!payload.Tasks.IsEmpty && published.Conditioning != payload.Model.Conditioning)
            throw new StepFailure($"import.tasks: {path} holds a {published.Conditioning} {published.Name}, which knows no perception task; leave tasks out and fine-tune it");
        return Adaptation.Adapt(state, published, payload.Model, new AdaptOptions()).Match(
            Succ: weights => weights,
            Fail: mistakes => throw new StepFailure($"import.path: {path} holds {published.Name}: {string.Join("; ", mistakes)}"));
    }
}
