using System.Globalization;
using Flow.Torch;
using Flow.Training.Codecs;
using static TorchSharp.torch;

namespace Flow.Jobs.Steps;

/// <summary>The embedded codec in the directory of its step: codec.safetensors with the spec in the metadata.</summary>
public static class CodecFile
{
    const string FileName = "codec.safetensors";

    public static void Save(string directory, PatchCodec codec)
    {
        using var scope = NewDisposeScope();
        var weights = codec.Weights;
        Safetensors.Save(
            Path.Combine(directory, FileName),
            new Dictionary<string, Tensor> { ["mean"] = tensor(weights.Mean), ["encoder"] = tensor(weights.Encoder), ["decoder"] = tensor(weights.Decoder) },
            new Dictionary<string, string>
            {
                ["downsample"] = Text(weights.Spec.Downsample),
                ["channels"] = Text(weights.Spec.Channels),
                ["margin"] = Text(weights.Spec.Margin),
                ["scale_factor"] = weights.ScaleFactor.ToString("R", CultureInfo.InvariantCulture),
                ["codec_hash"] = codec.Hash,
            });
    }

    /// <exception cref="StepFailure">The file is not the codec that was saved.</exception>
    public static PatchCodec Load(string directory)
    {
        using var scope = NewDisposeScope();
        var path = Path.Combine(directory, FileName);
        var metadata = Safetensors.ReadHeader(path).Metadata;
        var tensors = Safetensors.Load(path);
        var spec = new PatchCodecSpec(Number(metadata["downsample"]), Number(metadata["channels"]), Number(metadata["margin"]));
        var codec = new PatchCodec(new PatchCodecWeights(
            spec, double.Parse(metadata["scale_factor"], CultureInfo.InvariantCulture), Values(tensors["mean"]), Values(tensors["encoder"]), Values(tensors["decoder"])));
        return codec.Hash == metadata["codec_hash"]
            ? codec
            : throw new StepFailure($"{path} is damaged: its hash does not fit. Delete its directory, and the step runs again");
    }

    static float[] Values(Tensor tensor) => tensor.data<float>().ToArray();

    static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
