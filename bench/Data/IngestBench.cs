using System.Globalization;
using Flow.Dataflow.Codecs;
using Flow.Dataflow.Ingest;
using Flow.Dataflow.Sources;
using Flow.Dataflow.Synth;
using Flow.Jobs.Steps;
using Flow.Training.Codecs;

namespace Flow.Bench.Data;

/// <summary>Photographs on disk to shards: the JPEG decoder against its library alone, and the whole graph against decoding alone.</summary>
static class IngestBench
{
    const int Images = 768, Scenes = 192, Classes = 4, Side = 384, Size = 256, Rounds = 5;

    public static IEnumerable<Ratio> Measure(string root)
    {
        var folder = Path.Combine(root, "imagenet");
        var files = WriteImages(folder);
        byte[][] jpegs = [.. files.Take(Scenes).Select(File.ReadAllBytes)];
        using var alone = new TurboJpegAlone();
        yield return Interleaved.Rate(
            "decode JPEG / libturbojpeg alone", "images/s", jpegs.Length, Rounds,
            () => Array.ForEach(jpegs, jpeg => Jpeg.Decode(jpeg, "")), () => Array.ForEach(jpegs, alone.Decode));

        var source = ImageNet.Open(folder, "train");
        var preparation = Preparation.For(null, Size);
        SampleRef[] samples = [.. source.List()];
        var embedded = IngestStep.Encoder(Codec(source, preparation, samples), targetScale: 1, Size);
        // As where a GPU encodes: the graph and the shards are all that these cores have besides decoding.
        var elsewhere = embedded with { Encode = (batch, _) => Task.FromResult(new float[batch.Count * embedded.Latents.Elements]) };
        var into = Path.Combine(root, "ingested");
        void Decode() => Parallel.ForEach(samples, sample => preparation.Prepare(source.Load(sample)));
        yield return Interleaved.Rate(
            "ingest, encoder elsewhere / decode alone on all cores", "images/s", samples.Length, Rounds, () => Ingest(source, preparation, elsewhere, into), Decode);
        yield return Interleaved.Rate(
            "ingest, embedded codec / decode alone on all cores", "images/s", samples.Length, Rounds, () => Ingest(source, preparation, embedded, into), Decode);
    }

    static void Ingest(SampleSource source, Preparation preparation, ImageEncoder encoder, string into)
    {
        if (Directory.Exists(into)) Directory.Delete(into, recursive: true);
        IngestGraph.Run(source, preparation, encoder, into, IngestOptions.For(Size)).GetAwaiter().GetResult();
    }

    static PatchCodec Codec(SampleSource source, Preparation preparation, SampleRef[] samples)
    {
        var images = samples.Take(16).Select(sample => preparation.Prepare(source.Load(sample)).Images[0]).ToList();
        return PatchCodecFit.Fit(new PatchCodecSpec(), ImageBatch.Of(images.Count, Size, Size, [.. images.SelectMany(planes => planes)]));
    }

    /// <summary>Rendered scenes as JPEGs of ImageNet's usual extent, in class folders.</summary>
    static string[] WriteImages(string folder)
    {
        var files = Enumerable.Range(0, Images).Select(i => Path.Combine(folder, $"n{i % Classes:D8}", string.Create(CultureInfo.InvariantCulture, $"{i}.JPEG"))).ToArray();
        foreach (var name in files) Directory.CreateDirectory(Path.GetDirectoryName(name)!);
        Parallel.For(0, Scenes, scene =>
        {
            var jpeg = Jpeg.Encode(new RgbImage(Side, Side, SceneRenderer.Render(1, scene, Side).Rgb), quality: 90);
            for (var i = scene; i < Images; i += Scenes) File.WriteAllBytes(files[i], jpeg);
        });
        return files;
    }
}
