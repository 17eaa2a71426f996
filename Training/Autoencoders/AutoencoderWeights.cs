using System.Text.Json;
using Flow.Training.Checkpoints;
using Flow.Training.Models;
using LanguageExt;
using LanguageExt.Common;
using static TorchSharp.torch;

namespace Flow.Training.Autoencoders;

/// <summary>Loads published autoencoder weights: .safetensors or .pt, any of the names of <see cref="AutoencoderKeys"/>.</summary>
public static class AutoencoderWeights
{
    /// <summary>
    /// A ready autoencoder. Its shape comes from a config.json beside the file when there is one, otherwise it is Stable Diffusion's.
    /// Half-precision weights are widened.
    /// </summary>
    public static Either<Error, AutoencoderKL> Open(string path)
    {
        using var scope = NewDisposeScope();
        return from spec in SpecBeside(path)
               from state in WeightsFile.Read(path)
               from model in Into(new AutoencoderKL(spec), state)
               select model;
    }

    /// <summary>Copies a state dict under any published names into the model, and puts it into evaluation mode.</summary>
    public static Either<Error, AutoencoderKL> Into(AutoencoderKL model, IReadOnlyDictionary<string, Tensor> state)
    {
        var modern = new Dictionary<string, Tensor>();
        foreach (var (name, value) in state)
            if (AutoencoderKeys.Modern(name, model.Spec.Channels.Length) is { } today)
                modern[today] = IsAttention(today) ? value.flatten(1) : value;
        model.eval();
        return Weights.Load(model, modern).Map(_ => model);
    }

    /// <summary>CompVis stores the attention's linear maps as 1x1 convolutions.</summary>
    static bool IsAttention(string name) =>
        name.Contains(".attentions.0.to_", StringComparison.Ordinal) && name.EndsWith(".weight", StringComparison.Ordinal);

    static Either<Error, AutoencoderSpec> SpecBeside(string path)
    {
        var config = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, "config.json");
        if (!File.Exists(config)) return AutoencoderSpec.StableDiffusion;
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllText(config));
            return AutoencoderSpec.FromConfig(json.RootElement);
        }
        catch (Exception fault) when (fault is IOException or JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            return Error.New($"{config}: not the configuration of an autoencoder: {fault.Message}");
        }
    }
}
