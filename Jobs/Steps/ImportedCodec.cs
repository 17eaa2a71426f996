using System.Globalization;
using Flow.Domain.Data;
using Flow.Storage.Files;
using Flow.Training.Autoencoders;
using static TorchSharp.torch;

namespace Flow.Jobs.Steps;

/// <summary>
/// A published autoencoder as the codec of a study. Its file is copied into the step's directory, so that shards can be decoded when the
/// original has moved; its shape is in config.json beside the file, as published, or else it is Stable Diffusion's.
/// </summary>
static class ImportedCodec
{
    const string Stem = "autoencoder";
    const string Scale = "scale_factor.txt";
    const string Config = "config.json";

    public static void Save(StepContext context, CodecSpec.AutoencoderKl spec)
    {
        if (spec.Path.Length == 0) throw new StepFailure("codec.path: give the file of the autoencoder's weights (.safetensors or .pt)");
        var path = DataPlaces.Resolve(spec.Path, context.BaseFolder);
        if (!File.Exists(path)) throw new StepFailure($"codec.path: there is no {path}");
        context.Report(null, "", null, $"checking {Path.GetFileName(path)}");
        using (var codec = Open(path, spec.ScaleFactor, CPU))
        {
            var (side, channels) = (codec.Downsample, codec.Shape(codec.Downsample, codec.Downsample).Channels);
            if (side != spec.Downsampling || channels != spec.LatentChannels)
                throw new StepFailure(
                    $"codec.path: {path} makes {channels} latent channels of {side} x {side} pixels; autoencoder-kl is one that makes "
                    + $"{spec.LatentChannels} of {spec.Downsampling} x {spec.Downsampling}, as Stable Diffusion's");
            File.Copy(path, context.InWork(Stem + Path.GetExtension(path)), overwrite: true);
        }
        var config = Path.Combine(Path.GetDirectoryName(path)!, Config);
        if (File.Exists(config)) File.Copy(config, context.InWork(Config), overwrite: true);
        AtomicFile.WriteText(context.InWork(Scale), spec.ScaleFactor.ToString("R", CultureInfo.InvariantCulture));
    }

    public static AutoencoderCodec Load(string directory, Device device) => Open(
        Directory.EnumerateFiles(directory, Stem + ".*").First(),
        double.Parse(File.ReadAllText(Path.Combine(directory, Scale)), CultureInfo.InvariantCulture), device);

    static AutoencoderCodec Open(string path, double scaleFactor, Device device) =>
        AutoencoderCodec.Open(path, scaleFactor, device).IfLeft(error => throw new StepFailure(error.Message));
}
