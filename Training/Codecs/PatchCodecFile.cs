using System.Globalization;
using Flow.Torch;
using static TorchSharp.torch;

namespace Flow.Training.Codecs;

/// <summary>A fitted codec as a safetensors file: tensors mean, encoder, decoder; spec, scale and hash in the metadata.</summary>
public static class PatchCodecFile
{
    const string Format = "flow-patch-codec/1";

    public static void Save(string path, PatchCodec codec)
    {
        using var scope = NewDisposeScope();
        var (spec, weights) = (codec.Spec, codec.Weights);
        var tensors = new Dictionary<string, Tensor>
        {
            ["mean"] = tensor(weights.Mean),
            ["encoder"] = tensor(weights.Encoder, [spec.PatchValues, spec.Channels]),
            ["decoder"] = tensor(weights.Decoder, [spec.Features, ImageBatch.Channels, spec.PaintSide, spec.PaintSide]),
        };
        Safetensors.Save(path, tensors, new Dictionary<string, string>
        {
            ["format"] = Format,
            ["downsample"] = Text(spec.Downsample),
            ["channels"] = Text(spec.Channels),
            ["margin"] = Text(spec.Margin),
            ["scale_factor"] = codec.ScaleFactor.ToString("R", CultureInfo.InvariantCulture),
            ["hash"] = codec.Hash,
        });
    }

    /// <summary>The codec, or InvalidDataException that names the file and what is wrong with it.</summary>
    public static PatchCodec Load(string path)
    {
        using var scope = NewDisposeScope();
        var metadata = Safetensors.ReadHeader(path).Metadata;
        string Field(string name) => metadata.TryGetValue(name, out var text)
            ? text
            : throw new InvalidDataException($"{path} holds no {name}: it is not a fitted codec; run the ingest of its data set again");
        int Number(string name) => int.Parse(Field(name), CultureInfo.InvariantCulture);
        if (Field("format") != Format) throw new InvalidDataException($"{path} is of format {Field("format")}, this program reads {Format}");
        var spec = new PatchCodecSpec(Number("downsample"), Number("channels"), Number("margin"));
        var tensors = Safetensors.Load(path);
        var codec = new PatchCodec(new PatchCodecWeights(spec, double.Parse(Field("scale_factor"), CultureInfo.InvariantCulture),
            Values(tensors, "mean"), Values(tensors, "encoder"), Values(tensors, "decoder")));
        return codec.Hash == Field("hash")
            ? codec
            : throw new InvalidDataException($"{path} is damaged: its tensors do not have the hash it states; run the ingest of its data set again");
    }

    static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    static float[] Values(Dictionary<string, Tensor> tensors, string name) => [.. tensors[name].data<float>()];
}
