using Flow.Dataflow.Sources;
using Flow.Domain.Data;
using Flow.Domain.Planning;
using Flow.Storage.Shards;
using Flow.Training.Codecs;
using LanguageExt;

namespace Flow.Jobs.Steps;

/// <summary>Makes a study's codec: fits the embedded one in closed form on the images and drawn targets that it names, or brings in an autoencoder.</summary>
public static class FitCodecStep
{
    /// <summary>The codec of a finished step's directory; the caller disposes of one that holds tensors.</summary>
    /// <param name="device">Where an autoencoder is to compute, see <see cref="ComputeDevice"/>; the embedded codec is the CPU's.</param>
    public static ILatentCodec Load(string directory, string device = ComputeDevice.Cpu) =>
        File.Exists(FileIn(directory)) ? PatchCodecFile.Load(FileIn(directory)) : ImportedCodec.Load(directory, ComputeDevice.Of(device));

    static string FileIn(string directory) => Path.Combine(directory, "codec.safetensors");

    public static void Run(StepContext context, Payload.FitCodec payload)
    {
        if (payload.Codec is CodecSpec.AutoencoderKl autoencoder) ImportedCodec.Save(context, autoencoder);
        else if (payload.FitOn.Head() is DatasetSpec.Shards shards) ExistingShards.TakeCodec(context, shards, (CodecSpec.PatchPca)payload.Codec, FileIn(context.Directory));
        else Fit(context, payload, (CodecSpec.PatchPca)payload.Codec);
    }

    static void Fit(StepContext context, Payload.FitCodec payload, CodecSpec.PatchPca pca)
    {
        var (photographs, others) = Read(context, payload, pca.FitSamples);
        context.Report(null, "", null, $"fitting on {photographs.Count} photographs and {others.Sum(images => images.Count)} targets");
        var codec = PatchCodecFit.Fit(new PatchCodecSpec(pca.Downsample, pca.Channels, pca.Margin), photographs, others);
        PatchCodecFile.Save(FileIn(context.Directory), codec);
    }

    static (ImageBatch Photographs, ImageBatch[] Others) Read(StepContext context, Payload.FitCodec payload, int samples)
    {
        var scenes = new Queue<StepId>(payload.Scenes);
        var photographs = new List<float[]>();
        var targets = new List<float[]>();
        var size = 0;
        foreach (var dataset in payload.FitOn)
        {
            var source = DataPlaces.Open(dataset, dataset is DatasetSpec.Synthetic ? context.Open(scenes.Dequeue()) : null, context.BaseFolder);
            var preparation = DataPlaces.Prepared(dataset);
            size = preparation.Size;
            foreach (var sample in Loaded(context, source, samples))
            {
                var prepared = preparation.Prepare(sample);
                photographs.Add(prepared.Images[0]);
                var target = preparation.Images.ToList().IndexOf(BlobSpec.Target);
                if (target >= 0) targets.Add(prepared.Images[target]);
            }
        }
        if (photographs.Count == 0) throw new StepFailure("codec.fitOn: none of its images could be read");
        // Photographs of several data sets beyond the number asked for would only cost time.
        return (Batch(photographs.Take(samples), size), targets.Count == 0 ? [] : [Batch(targets, size)]);
    }

    static IEnumerable<RawSample> Loaded(StepContext context, SampleSource source, int samples)
    {
        foreach (var sample in source.List().Take(samples))
        {
            context.Cancel.ThrowIfCancellationRequested();
            RawSample? loaded = null;
            try
            {
                loaded = source.Load(sample);
            }
            catch (Dataflow.Codecs.BadFileException broken)
            {
                context.Note(broken.Message); // the ingest that follows counts it, or fails under strict
            }
            if (loaded is not null) yield return loaded;
        }
    }

    static ImageBatch Batch(IEnumerable<float[]> images, int size)
    {
        var all = images.ToList();
        return ImageBatch.Of(all.Count, size, size, [.. all.SelectMany(planes => planes)]);
    }
}
