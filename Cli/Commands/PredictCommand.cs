using System.CommandLine;
using System.Globalization;
using Flow.Dataflow.Codecs;
using Flow.Domain;
using Flow.Domain.Pictures;
using Flow.Domain.Runs;
using Flow.Jobs;

namespace Flow.Cli.Commands;

/// <summary>The colours of depth.</summary>
public enum DepthColours
{
    Spectral,
    Turbo,
}

/// <summary>`flow predict RUN IMAGE...`: a trained model on a person's own images.</summary>
public static class PredictCommand
{
    static readonly Argument<string[]> Images = new("image") { Description = "JPEG, PNG or PPM", Arity = ArgumentArity.OneOrMore };
    static readonly Option<string[]> Second = new("--second") { Description = "For flow: the next frame of each image", AllowMultipleArgumentsPerToken = true };
    static readonly Option<string[]> Mask = new("--mask") { Description = "For amodal segmentation: what is visible of the object in each image, white on black", AllowMultipleArgumentsPerToken = true };
    static readonly Option<int> Steps = new("--steps") { Description = "Denoising steps", DefaultValueFactory = _ => 5 };
    static readonly Option<int> Ensemble = new("--ensemble") { Description = "Predictions that become one", DefaultValueFactory = _ => 5 };
    static readonly Option<string> Into = new("--out") { Description = "Folder of the answer's files", DefaultValueFactory = _ => "predictions" };
    static readonly Option<DepthColours> Colours = new("--colours") { Description = "Of depth: Spectral (red is near) or Turbo (blue is near)", DefaultValueFactory = _ => DepthColours.Spectral };

    public static Command Build() => Verb.Of(
        "predict", "Predict depth, optical flow or the whole object on images of your own",
        [SamplerOptions.Run, Images, Second, Mask, Steps, Ensemble, Into, Colours, SamplerOptions.Task, SamplerOptions.Schedule, SamplerOptions.Spacing, SamplerOptions.Reduction, SamplerOptions.Eta, SamplerOptions.Seed, RunCommands.Device],
        call =>
    {
        var lab = new Lab(call.Store, 1, Device: RunCommands.DeviceOf(call));
        var run = TrainedRun.Find(lab, call.Get(SamplerOptions.Run));
        var task = run.Task(call.Get(SamplerOptions.Task));
        var sampler = SamplerOptions.Only(call, call.Get(Steps), call.Get(Ensemble), task);
        var names = call.Get(Images);
        var images = Read(names, Beside(call, Second, task.Task, PerceptionTask.Flow), Beside(call, Mask, task.Task, PerceptionTask.Amodal));
        Func<double, (byte R, byte G, byte B)> colour = call.Get(Colours) == DepthColours.Turbo ? ColourMap.Turbo : ColourMap.Spectral;
        var made = PredictRun.Of(lab, run, task, images, sampler, call.Get(SamplerOptions.Seed), Call.Say)
            .Select((prediction, n) => (Name: names[n], Prediction: prediction,
                Files: PredictionFiles.Save(Path.GetFullPath(call.Get(Into)), Stem(names, n), prediction, colour))).ToList();
        call.Answer(
            made.Select(one => new
            {
                image = one.Name,
                run = run.Name,
                task = task.Task.ToString().ToLowerInvariant(),
                steps = sampler.Steps,
                ensemble = sampler.Ensemble,
                size = one.Prediction.Image.Width,
                macs = one.Prediction.Macs,
                seconds = one.Prediction.Seconds,
                files = one.Files,
            }),
            string.Join(Environment.NewLine, made.Select(one => string.Create(CultureInfo.InvariantCulture,
                $"{one.Name}: {task.Task.ToString().ToLowerInvariant()} at {one.Prediction.Image.Width} px, {Quantity.Of(one.Prediction.Macs, "MACs")}, {one.Prediction.Seconds:0.00} s{Environment.NewLine}  {string.Join(Environment.NewLine + "  ", one.Files)}"))));
        return Verb.Done;
    });

    /// <summary>The files that accompany the images; empty where the task takes none.</summary>
    static string[] Beside(Call call, Option<string[]> option, PerceptionTask task, PerceptionTask needs)
    {
        var given = call.Get(option) ?? [];
        var expected = task == needs ? call.Get(Images).Length : 0;
        return given.Length == expected ? given : throw new BadInputException(
            $"{option.Name}: {given.Length} files for {call.Get(Images).Length} images; {task.ToString().ToLowerInvariant()} takes {(expected == 0 ? "none" : "one for each")}");
    }

    static List<OwnImage> Read(string[] names, string[] seconds, string[] masks)
    {
        try
        {
            return [.. names.Select((name, n) =>
            {
                var image = ImageFile.Read(name);
                return new OwnImage(image, seconds.Length == 0 ? null : AsLarge(Second, seconds[n], image), masks.Length == 0 ? null : MaskOf(masks[n], image));
            })];
        }
        catch (BadFileException broken)
        {
            throw new BadInputException(broken.Message);
        }
    }

    static RgbImage AsLarge(Option<string[]> option, string path, RgbImage image)
    {
        var beside = ImageFile.Read(path);
        return (beside.Height, beside.Width) == (image.Height, image.Width)
            ? beside
            : throw new BadInputException($"{option.Name}: {path} is {beside.Width} x {beside.Height} pixels, its image {image.Width} x {image.Height}");
    }

    /// <summary>0 or 255 a pixel: white is the object.</summary>
    static byte[] MaskOf(string path, RgbImage image)
    {
        var mask = AsLarge(Mask, path, image);
        return [.. Enumerable.Range(0, mask.Pixels.Length / 3).Select(i => mask.Pixels[3 * i] > 127 ? byte.MaxValue : (byte)0)];
    }

    /// <summary>The image's own name, with its number where two are called alike.</summary>
    static string Stem(string[] names, int n)
    {
        var stem = Path.GetFileNameWithoutExtension(names[n]);
        return names.Count(name => Path.GetFileNameWithoutExtension(name) == stem) == 1 ? stem : string.Create(CultureInfo.InvariantCulture, $"{stem}_{n}");
    }
}
