using System.Security.Cryptography;
using System.Text;
using Flow.Domain.Data;
using Flow.Training.Codecs;
using LanguageExt;
using LanguageExt.Common;
using TorchSharp;
using static TorchSharp.torch;

namespace Flow.Training.Autoencoders;

/// <summary>Stable Diffusion's autoencoder as the codec of a data set: latents are posterior means times the scale factor.</summary>
public sealed class AutoencoderCodec : ILatentCodec, IDisposable
{
    /// <summary>Images in one forward pass: the widest activations of one 256-pixel image are 32 MiB, and several are alive at once.</summary>
    const int Slice = 4;

    readonly AutoencoderKL model;
    readonly Device device;

    /// <summary>The codec owns the model from now on, and moves it to the device.</summary>
    public AutoencoderCodec(AutoencoderKL model, double scaleFactor, Device device)
    {
        this.model = model;
        this.device = device;
        ScaleFactor = scaleFactor;
        Hash = HashOf(model, scaleFactor);
        model.to(device);
    }

    /// <summary>From published weights, or what is wrong with the file.</summary>
    public static Either<Error, AutoencoderCodec> Open(string path, double scaleFactor, Device device) =>
        from model in AutoencoderWeights.Open(path) select new AutoencoderCodec(model, scaleFactor, device);

    public string Hash { get; }

    public int Downsample => model.Spec.Reduction;

    public double ScaleFactor { get; }

    public LatentShape Shape(int height, int width) =>
        height > 0 && width > 0 && height % Downsample == 0 && width % Downsample == 0
            ? new(model.Spec.LatentChannels, height / Downsample, width / Downsample)
            : throw new ArgumentException(
                $"an image of {height} x {width} pixels has no latents: resize it so that both sides are multiples of {Downsample}");

    public float[] Encode(ImageBatch images)
    {
        var shape = Shape(images.Height, images.Width);
        return Mapped(images.Pixels, images.Count, [ImageBatch.Channels, images.Height, images.Width], shape.Elements,
            pixels => model.Encode(pixels).Mean * ScaleFactor);
    }

    public ImageBatch Decode(float[] latents_NCHW, int count, LatentShape shape)
    {
        var (height, width) = (shape.Height * Downsample, shape.Width * Downsample);
        return ImageBatch.Of(count, height, width, Mapped(latents_NCHW, count, [shape.Channels, shape.Height, shape.Width],
            ImageBatch.Channels * height * width, latents => model.Decode(latents / ScaleFactor)));
    }

    public void Dispose() => model.Dispose();

    /// <summary>Runs the map over slices of the batch without recording gradients.</summary>
    float[] Mapped(float[] values, int count, long[] shape, int elementsOut, Func<Tensor, Tensor> map)
    {
        var elementsIn = values.Length / count;
        var mapped = new float[count * elementsOut];
        for (var from = 0; from < count; from += Slice)
        {
            using var scope = NewDisposeScope();
            using var noGrad = no_grad();
            var n = Math.Min(Slice, count - from);
            var slice = tensor(values.AsMemory(from * elementsIn, n * elementsIn), [n, .. shape]).to(device);
            map(slice).to(ScalarType.Float32).cpu().contiguous().data<float>().ToArray().CopyTo(mapped, from * elementsOut);
        }
        return mapped;
    }

    static string HashOf(AutoencoderKL model, double scaleFactor)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(FormattableString.Invariant($"AutoencoderKL {scaleFactor:r} {string.Join(',', model.Spec.Channels)}")));
        foreach (var (name, parameter) in model.named_parameters().OrderBy(parameter => parameter.name, StringComparer.Ordinal))
        {
            hash.AppendData(Encoding.UTF8.GetBytes(name));
            hash.AppendData(parameter.bytes);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
