using Flow.Dataflow.Codecs;
using Flow.Dataflow.Preprocess;
using Flow.Domain;
using Flow.Torch;
using Flow.Training.Autoencoders;
using Flow.Training.Codecs;
using Flow.Training.Metrics;
using static TorchSharp.torch;

namespace Flow.Jobs;

/// <summary>
/// One side of a Frechet distance: features that any network left in a file, or those of a folder's pictures by an autoencoder whose weights
/// the user gives.
/// </summary>
public static class FeatureSet
{
    /// <summary>Latents are averaged over so many cells along each side: 64 features of Stable Diffusion's autoencoder, whatever the pictures' size.</summary>
    public const int Cells = 4;

    const int Slice = 4;

    static readonly string[] Endings = [".png", ".jpg", ".jpeg", ".ppm"];

    /// <summary>Moments of the one matrix [samples, features] in a .safetensors file.</summary>
    /// <exception cref="BadInputException">The file is damaged or holds something else.</exception>
    public static FeatureMoments OfFile(string path)
    {
        using var scope = NewDisposeScope();
        var features_ND = Read(path) switch
        {
            [{ Dimensions: 2 } only] when only.is_floating_point() => only,
            var tensors => throw new BadInputException($"{path}: {tensors.Count} tensors where one matrix of floats [samples, features] is due"),
        };
        if (!features_ND.isfinite().all().item<bool>()) throw new BadInputException($"{path}: some features are not finite numbers");
        var moments = new FeatureMoments((int)features_ND.shape[1]);
        moments.Add(features_ND);
        return moments;
    }

    /// <summary>Moments over a folder's pictures, cropped and resized as photographs for training are.</summary>
    /// <param name="size">Side of the square in pixels.</param>
    /// <exception cref="BadInputException">There are no pictures, one is damaged, or the size does not divide.</exception>
    public static FeatureMoments OfPictures(string folder, ILatentCodec autoencoder, int size)
    {
        if (size < 1 || size % (Cells * autoencoder.Downsample) != 0) throw new BadInputException($"--size: {size} is not a multiple of {Cells * autoencoder.Downsample}");
        var pictures = Directory.EnumerateFiles(folder).Where(path => Endings.Contains(Path.GetExtension(path).ToLowerInvariant())).Order(StringComparer.Ordinal).ToList();
        if (pictures.Count == 0) throw new BadInputException($"{folder}: no {string.Join(", ", Endings)} in it");
        var channels = autoencoder.Shape(size, size).Channels;
        var moments = new FeatureMoments(channels * Cells * Cells);
        foreach (var slice in pictures.Chunk(Slice))
        {
            using var scope = NewDisposeScope();
            var latents = autoencoder.Encode(ImageBatch.Of(slice.Length, size, size, [.. slice.SelectMany(path => Planes.Of(Crop.Centre(Picture(path), size)))]));
            var cell = size / autoencoder.Downsample / Cells;
            moments.Add(tensor(latents, [slice.Length, channels, Cells, cell, Cells, cell]).mean([3, 5]).flatten(1));
        }
        return moments;
    }

    /// <summary>The autoencoder of a file of published weights.</summary>
    /// <exception cref="BadInputException">The file is none.</exception>
    public static AutoencoderCodec Autoencoder(string weights) =>
        AutoencoderCodec.Open(weights, scaleFactor: 1, CPU).IfLeft(error => throw new BadInputException($"--weights: {error.Message}"));

    static List<Tensor> Read(string path)
    {
        try
        {
            return [.. Safetensors.Load(path).Values];
        }
        catch (Exception fault) when (fault is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            throw new BadInputException($"{path}: {fault.Message}");
        }
    }

    static RgbImage Picture(string path)
    {
        try
        {
            return ImageFile.Read(path);
        }
        catch (BadFileException broken)
        {
            throw new BadInputException(broken.Message);
        }
    }
}
