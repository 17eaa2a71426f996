using System.CommandLine;
using System.Globalization;
using Flow.Domain;
using Flow.Jobs;
using Flow.Training.Metrics;

namespace Flow.Cli.Commands;

/// <summary>`flow frechet FIRST SECOND`: how far apart two sets of images or predictions lie, by features of the user's choice.</summary>
public static class FrechetCommand
{
    static readonly Argument<string> First = new("first") { Description = "Features [samples, dimensions] in a .safetensors file, or, with --weights, a folder of pictures" };
    static readonly Argument<string> Second = new("second") { Description = "What it is compared with, likewise" };
    static readonly Option<string?> Weights = new("--weights") { Description = "An autoencoder's weights (.safetensors or .pt): its latents, averaged over 4 x 4 cells, are the features of pictures" };
    static readonly Option<int> Size = new("--size") { Description = "Pictures are cropped and resized to a square of so many pixels", DefaultValueFactory = _ => 256 };

    public static Command Build() => Verb.Of(
        "frechet", "Frechet distance of two sets of features: FID, if they are those of its Inception network", [First, Second, Weights, Size], call =>
    {
        using var autoencoder = call.Get(Weights) is { } weights ? FeatureSet.Autoencoder(weights) : null;
        FeatureMoments Of(string source) =>
            Directory.Exists(source) ? FeatureSet.OfPictures(source, autoencoder ?? throw new BadInputException($"{source} is a folder: --weights must say by which autoencoder its pictures are compared"), call.Get(Size))
            : File.Exists(source) ? FeatureSet.OfFile(source)
            : throw new BadInputException($"there is no {source}");
        using var first = Of(call.Get(First));
        using var second = Of(call.Get(Second));
        if (first.Dimensions != second.Dimensions) throw new BadInputException($"{call.Get(First)} has {first.Dimensions} features a sample, {call.Get(Second)} {second.Dimensions}: they are of two networks");
        foreach (var (name, set) in new[] { (call.Get(First), first), (call.Get(Second), second) })
        {
            if (set.Count < 2) throw new BadInputException($"{name}: {set.Count} sample; a covariance needs at least two");
            if (set.Count <= set.Dimensions) Call.Say($"{name}: {set.Count} samples for {set.Dimensions} features: the covariance is singular, and the distance too large");
        }
        var distance = FrechetDistance.Of(first, second);
        call.Answer(
            new { frechet = distance, dimensions = first.Dimensions, samples = new[] { first.Count, second.Count } },
            string.Create(CultureInfo.InvariantCulture, $"Frechet distance {distance:0.######}: {first.Count} samples against {second.Count}, {first.Dimensions} features"));
        return Verb.Done;
    });
}
