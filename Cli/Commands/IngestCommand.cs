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
    static readonly Option<int> FitSamples = new("--fit-samples") { Description = "Images that the codec is fitted on", DefaultValueFactory = _ => 1500 };

    public static Command Build() => Verb.Of("ingest", "Encode a data set on disk into Parquet latent shards", [Layout, Folder, Into, Size, Split, Limit, Workers, Strict, FitSamples], async (call, cancel) =>
    {
        if (call.Get(Size) < 8 || call.Get(Size) % 8 != 0) throw new BadInputException($"--size: {call.Get(Size)} is not a multiple of 8 pixels");
        var spec = new DatasetSpec.Folder(call.Get(Layout), call.Get(Folder), "", call.Get(Split), call.Get(Size));
        var source = Datasets.Open(spec, Path.GetFullPath(call.Get(Folder)));
        if (call.Get(Limit) is { } limit) source = source.Take(limit);
        foreach (var warning in source.Warnings) Call.Say("flow: " + warning);
        var preparation = DataPlaces.Prepared(spec);
        var into = Path.GetFullPath(call.Get(Into));
        var codec = Codec(source, preparation, into, call.Get(FitSamples), cancel);
        var options = IngestOptions.For(call.Get(Size)) with { Strict = call.Get(Strict) };
        using var bar = new ProgressLine();
        IngestReport report;
        try
        {
            report = await IngestGraph.Run(
                source, preparation, IngestStep.Encoder(codec, TargetScale, call.Get(Size)), into,
                call.Get(Workers) is { } workers ? options with { Workers = workers } : options, at => Show(bar, at), cancel);
        }
        catch (BadFileException broken)
        {
            throw new BadInputException(broken.Message);
        }
        bar.Dispose();
        foreach (var problem in report.Problems) Call.Say("skipped: " + problem);
        if (report.Index.Samples == 0) throw new BadInputException($"{source.Name}: not one image of {call.Get(Folder)} could be read");
        call.Answer(
            new { samples = report.Index.Samples, skipped = report.Skipped, shards = report.Index.Shards.Count, dataset_hash = report.Index.DatasetHash, folder = into, seconds = report.Seconds },
            string.Create(CultureInfo.InvariantCulture, $"{report.Index.Samples} samples in {report.Index.Shards.Count} shards, {report.Skipped} skipped, {report.Seconds:0.#} s: {into}"));
        return Verb.Done;
    });

    /// <summary>The codec beside the shards: fitted once, so that a run that goes on encodes as the first did.</summary>
    static PatchCodec Codec(SampleSource source, Preparation preparation, string into, int samples, CancellationToken cancel)
    {
        var path = Path.Combine(into, "codec.safetensors");
        if (File.Exists(path)) return PatchCodecFile.Load(path);
        Call.Say("flow: fitting the embedded codec");
        var images = new List<float[]>();
        var targets = new List<float[]>();
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
            catch (BadFileException)
            {
                continue; // told and counted when the graph meets it
            }
        }
        if (images.Count == 0) throw new BadInputException($"{source.Name}: none of its first {samples} images could be read");
        var codec = PatchCodecFit.Fit(new PatchCodecSpec(), Batch(images, preparation.Size), targets.Count == 0 ? [] : [Batch(targets, preparation.Size)]);
        Directory.CreateDirectory(into);
        PatchCodecFile.Save(path, codec);
        return codec;
    }

    static ImageBatch Batch(List<float[]> images, int size) => ImageBatch.Of(images.Count, size, size, [.. images.SelectMany(planes => planes)]);

    static void Show(ProgressLine bar, IngestProgress at) => bar.Show(
        at.Fraction,
        string.Create(CultureInfo.InvariantCulture, $"{at.Done} samples  {at.SamplesPerSecond:0} samples/s  {at.Skipped} skipped"), at.Remaining);
}
