using System.CommandLine;
using System.Globalization;
using Flow.Dataflow.Codecs;
using Flow.Dataflow.Ingest;
using Flow.Dataflow.Sources;
using Flow.Domain;
using Flow.Domain.Data;
using Flow.Jobs.Steps;
using Flow.Storage.Shards;
using Flow.Training.Codecs;

namespace Flow.Cli.Commands;

/// <summary>`flow ingest LAYOUT FOLDER OUT`: a data set on disk to latent shards, with the embedded codec fitted on its own first images.</summary>
public static class IngestCommand
{
    const double TargetScale = 2;

    static readonly Argument<DatasetLayout> Layout = new("layout") { Description = "Imagenet, ImagenetTar, Hypersim, HypersimMarigold, FlyingChairs, Pix2gestalt" };
    static readonly Argument<string> Folder = new("folder") { Description = "The data set's root" };
    static readonly Argument<string> Into = new("out") { Description = "Folder of the shards; what is there already is kept, and the rest added" };
    static readonly Option<int> Size = new("--size") { Description = "Width and height in pixels", DefaultValueFactory = _ => 64 };
    static readonly Option<DatasetSplit> Split = new("--split") { Description = "All, Train, Validation or Test", DefaultValueFactory = _ => DatasetSplit.All };
    static readonly Option<int?> Limit = new("--limit") { Description = "At most so many samples" };
    static readonly Option<int?> Workers = new("--workers") { Description = "Images decoded at once (default: one a core)" };
    static readonly Option<bool> Strict = new("--strict") { Description = "End at the first broken image instead of counting and skipping it" };
    static readonly Option<int?> FitSamples = new("--fit-samples") { Description = "Images that the codec is fitted on (default: 1500 of 64 pixels, fewer of larger ones)" };

    public static Command Build() => Verb.Of("ingest", "Encode a data set on disk into Parquet latent shards", [Layout, Folder, Into, Size, Split, Limit, Workers, Strict, FitSamples], async (call, cancel) =>
    {
        if (call.Get(Size) is < 8 or > 4096 || call.Get(Size) % 8 != 0) throw new BadInputException($"--size: {call.Get(Size)} is not a multiple of 8 pixels from 8 to 4096");
        foreach (var option in (Option<int?>[])[Limit, Workers, FitSamples])
            if (call.Get(option) is < 1 and var given) throw new BadInputException($"{option.Name}: {given} is not positive");
        var into = Target(call.Get(Into));
        var spec = new DatasetSpec.Folder(call.Get(Layout), call.Get(Folder), "", call.Get(Split), call.Get(Size));
        var source = Datasets.Open(spec, Path.GetFullPath(call.Get(Folder)));
        if (call.Get(Limit) is { } limit) source = source.Take(limit);
        foreach (var warning in source.Warnings) Call.Say("flow: " + warning);
        var preparation = DataPlaces.Prepared(spec);
        var codec = Codec(source, preparation, into, call.Get(FitSamples) ?? FewEnough(call.Get(Size)), call.Get(Strict), cancel);
        var options = IngestOptions.For(call.Get(Size)) with { Strict = call.Get(Strict) };
        using var bar = new ProgressLine();
        var report = await IngestGraph.Run(
            source, preparation, IngestStep.Encoder(codec, TargetScale, call.Get(Size)), into,
            call.Get(Workers) is { } workers ? options with { Workers = workers } : options, at => Show(bar, at), cancel);
        bar.Dispose();
        foreach (var problem in report.Problems) Call.Say("skipped: " + problem);
        call.Answer(
            new { samples = report.Index.Samples, skipped = report.Skipped, shards = report.Index.Shards.Count, dataset_hash = report.Index.DatasetHash, folder = into, seconds = report.Seconds },
            string.Create(CultureInfo.InvariantCulture, $"{report.Index.Samples} samples in {report.Index.Shards.Count} shards, {report.Skipped} skipped, {report.Seconds:0.#} s: {into}"));
        return Verb.Done;
    });

    /// <summary>As many patches as 1500 images of 64 pixels have, but not too few images: they are in memory while the codec is fitted.</summary>
    static int FewEnough(int size) => Math.Clamp(1500 * 64 * 64 / (size * size), 64, 1500);

    /// <summary>The folder of the shards, which may hold the beginning of them.</summary>
    static string Target(string named)
    {
        var into = Path.GetFullPath(named);
        if (File.Exists(Path.Combine(into, DatasetIndex.FileName)))
            throw new BadInputException($"{into}: holds a finished data set already (flow data show {named}); name another folder, or delete this one to make it anew");
        try
        {
            Directory.CreateDirectory(into);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException($"{into}: no folder can be made there ({refused.Message}); name another one");
        }
        return into;
    }

    /// <summary>The codec beside the shards: fitted once, so that a run that goes on encodes as the first did.</summary>
    static PatchCodec Codec(SampleSource source, Preparation preparation, string into, int samples, bool strict, CancellationToken cancel)
    {
        var path = Path.Combine(into, "codec.safetensors");
        if (File.Exists(path)) return PatchCodecFile.Load(path);
        Call.Say("flow: fitting the embedded codec");
        var images = new List<float[]>();
        var targets = new List<float[]>();
        string? first = null;
        var target = preparation.Images.ToList().IndexOf(BlobSpec.Target);
        foreach (var sample in source.List().Take(samples))
        {
            cancel.ThrowIfCancellationRequested();
            try
            {
                var prepared = preparation.Prepare(source.Load(sample));
                images.Add(prepared.Images[0]);
                if (target >= 0) targets.Add(prepared.Images[target]);
            }
            catch (BadFileException broken) when (!strict)
            {
                first ??= broken.Message; // told and counted when the graph meets it
            }
        }
        if (images.Count == 0) throw new BadInputException($"{source.Name}: none of its first {samples} images could be read; the first: {first}");
        var codec = PatchCodecFit.Fit(new PatchCodecSpec(), Batch(images, preparation.Size), targets.Count == 0 ? [] : [Batch(targets, preparation.Size)]);
        PatchCodecFile.Save(path, codec);
        return codec;
    }

    static ImageBatch Batch(List<float[]> images, int size) => ImageBatch.Of(images.Count, size, size, [.. images.SelectMany(planes => planes)]);

    static void Show(ProgressLine bar, IngestProgress at) => bar.Show(
        at.Fraction,
        string.Create(CultureInfo.InvariantCulture, $"{at.Done} samples  {at.SamplesPerSecond:0} samples/s  {at.Skipped} skipped"), at.Remaining);
}
