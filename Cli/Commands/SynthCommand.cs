using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Flow.Dataflow.Synth;
using Flow.Domain;
using Flow.Domain.Data;

namespace Flow.Cli.Commands;

/// <summary>`flow synth FOLDER`: rendered scenes with exact truth, in the on-disk layouts of the four data sets.</summary>
public static class SynthCommand
{
    static readonly Argument<string> Folder = new("folder") { Description = "Receives one folder for each layout" };
    static readonly Option<int> Scenes = new("--scenes") { Description = "How many", DefaultValueFactory = _ => 1000 };
    static readonly Option<int> Size = new("--size") { Description = "Width and height in pixels", DefaultValueFactory = _ => 64 };
    static readonly Option<int> Seed = new("--seed") { Description = "Same seed, same bytes", DefaultValueFactory = _ => 0 };

    static readonly Option<DatasetLayout[]> Layouts = new("--layout")
    {
        Description = "Imagenet, Hypersim, HypersimMarigold, FlyingChairs, Pix2gestalt (default: all but the prepared Hypersim)",
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = _ => [DatasetLayout.Imagenet, DatasetLayout.Hypersim, DatasetLayout.FlyingChairs, DatasetLayout.Pix2gestalt],
    };

    public static Command Build() => Verb.Of("synth", "Render scenes in the layouts of ImageNet, Hypersim, FlyingChairs and pix2gestalt", [Folder, Scenes, Size, Seed, Layouts], (call, cancel) =>
    {
        if (call.Get(Scenes) < 1) throw new BadInputException($"--scenes: {call.Get(Scenes)} is not positive");
        if (call.Get(Size) is < 16 or > 4096) throw new BadInputException($"--size: {call.Get(Size)} is not between 16 and 4096 pixels");
        if (call.Get(Layouts).Contains(DatasetLayout.ImagenetTar)) throw new BadInputException("--layout: ImagenetTar is the published archive; scenes are written as Imagenet's class folders");
        var clock = Stopwatch.StartNew();
        var written = new List<(string Layout, string Folder)>();
        foreach (var layout in call.Get(Layouts))
        {
            var folder = Path.Combine(Path.GetFullPath(call.Get(Folder)), layout.ToString().ToLowerInvariant());
            Directory.CreateDirectory(Path.GetDirectoryName(folder)!);
            SynthWriter.Write(new DatasetSpec.Synthetic(layout, call.Get(Scenes), call.Get(Size), call.Get(Seed)), folder, cancel: cancel);
            written.Add((layout.ToString(), folder));
            Call.Say(string.Create(CultureInfo.InvariantCulture, $"{layout}: {call.Get(Scenes)} scenes in {folder} ({clock.Elapsed.TotalSeconds:0.#} s)"));
        }
        call.Answer(
            new { scenes = call.Get(Scenes), size = call.Get(Size), seed = call.Get(Seed), folders = written.Select(w => w.Folder), seconds = clock.Elapsed.TotalSeconds },
            string.Create(CultureInfo.InvariantCulture, $"{call.Get(Scenes)} scenes at {call.Get(Size)} px in {written.Count} layouts, {clock.Elapsed.TotalSeconds:0.#} s"));
        return Task.FromResult(Verb.Done);
    });
}
