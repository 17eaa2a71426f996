using Flow.Torch;
using LanguageExt;
using LanguageExt.Common;
using static TorchSharp.torch;

namespace Flow.Training.Checkpoints;

/// <summary>Everything that a run needs to go on exactly as if it had not been stopped; random numbers need no state (CounterRandom).</summary>
/// <param name="Step">Optimizer steps done.</param>
/// <param name="SpecHash">The hash of the run's spec.</param>
/// <param name="Model">Weights under the reference's key names.</param>
/// <param name="Ema">Their moving average, under the same names.</param>
/// <param name="Optimizer">Moments and counters, under names of the optimizer's choice.</param>
/// <param name="Notes">Whatever the writer wants back.</param>
public sealed record CheckpointState(
    long Step,
    string SpecHash,
    string Engine,
    string Device,
    IReadOnlyDictionary<string, Tensor> Model,
    IReadOnlyDictionary<string, Tensor> Ema,
    IReadOnlyDictionary<string, Tensor> Optimizer,
    IReadOnlyDictionary<string, string> Notes);

/// <summary>
/// A directory of model.safetensors, ema.safetensors, optimizer.safetensors and manifest.json, written in one step (a crash at any moment
/// leaves the whole directory or none) and verified by checksum before it is used.
/// </summary>
public static class Checkpoint
{
    const string ModelFile = "model.safetensors", EmaFile = "ema.safetensors", OptimizerFile = "optimizer.safetensors";

    /// <summary>Creates the directory, or exchanges an older one of that name for it.</summary>
    public static void Save(string directory, CheckpointState state) => AtomicDirectory.Write(directory, folder =>
    {
        var files = new SortedDictionary<string, ManifestFile>(StringComparer.Ordinal);
        foreach (var (name, tensors) in new[] { (ModelFile, state.Model), (EmaFile, state.Ema), (OptimizerFile, state.Optimizer) })
        {
            Safetensors.Save(Path.Combine(folder, name), tensors);
            files[name] = ManifestFile.Of(Path.Combine(folder, name));
        }
        Manifest.Write(folder, new Manifest(Manifest.CurrentFormat, state.Step, state.SpecHash, state.Engine, state.Device, state.Notes, files));
    });

    /// <summary>The state with its tensors on the CPU, or what is damaged and what to do about it.</summary>
    public static Either<Error, CheckpointState> Load(string directory) =>
        from manifest in Manifest.ReadVerified(directory)
        from model in WeightsFile.ReadSafetensors(Path.Combine(directory, ModelFile))
        from ema in WeightsFile.ReadSafetensors(Path.Combine(directory, EmaFile))
        from optimizer in WeightsFile.ReadSafetensors(Path.Combine(directory, OptimizerFile))
        select new CheckpointState(manifest.Step, manifest.SpecHash, manifest.Engine, manifest.Device,
            model, ema, optimizer, manifest.Notes);
}
