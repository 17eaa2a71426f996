using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using Flow.Dataflow.Codecs;
using Flow.Dataflow.Ingest;
using Flow.Dataflow.Sources;
using Flow.Domain.Diffusion;
using Flow.Domain.Pictures;
using Flow.Domain.Planning;
using Flow.Domain.Runs;
using Flow.Storage.Files;
using Flow.Storage.Shards;
using Flow.Training.Metrics;

namespace Flow.Jobs.Steps;

/// <summary>A few fixed samples of an evaluation as pictures and raw numbers, in the step's directory: gallery/index.json names them.</summary>
public static class Gallery
{
    const int Shown = 6;

    /// <summary>One sample's files, relative to the gallery: the image, the truth, and the prediction of each sampler.</summary>
    public sealed record Entry(string Key, string Image, string Truth, IReadOnlyList<Predicted> Predictions);

    /// <param name="Raw">The prediction's numbers as .npy.</param>
    public sealed record Predicted(int Steps, int Ensemble, string Picture, string Raw);

    public static IReadOnlyList<Entry> Of(string directory)
    {
        var path = Path.Combine(directory, "gallery", "index.json");
        return File.Exists(path) ? JsonSerializer.Deserialize<List<Entry>>(File.ReadAllText(path))! : [];
    }

    internal static void Save(
        StepContext context, Payload.Evaluate payload, ShardedData data, Decoder decoder, Training.Models.Denoiser network,
        SampleSource source, Preparation preparation)
    {
        var folder = context.InWork("gallery");
        var samples = data.Samples(Shown).ToArray();
        var images = Images(source, preparation, samples);
        var predictions = payload.Samplers.Map(sampler => (sampler, Maps: Reduced(payload, data, decoder, network, sampler, samples))).ToList();
        var entries = new List<Entry>();
        for (var n = 0; n < samples.Length; n++)
        {
            var name = n.ToString("D3", CultureInfo.InvariantCulture);
            var truth = samples[n].Blobs[data.Schema.IndexOf(BlobSpec.Truth)];
            var predicted = new List<Predicted>();
            Write(folder, $"{name}_image.png", Png.Encode(new RgbImage(preparation.Size, preparation.Size, images[n])));
            Write(folder, $"{name}_truth.png", Picture(payload.Task, null, truth, preparation.Size));
            foreach (var (sampler, maps) in predictions)
            {
                var stem = $"{name}_{sampler.Steps}x{sampler.Ensemble}";
                Write(folder, stem + ".png", Picture(payload.Task, maps[n], truth, preparation.Size));
                Write(folder, stem + ".npy", Npy.Encode(maps[n], maps[n].Length / (preparation.Size * preparation.Size), preparation.Size, preparation.Size));
                predicted.Add(new Predicted(sampler.Steps, sampler.Ensemble, stem + ".png", stem + ".npy"));
            }
            entries.Add(new Entry(samples[n].Key, $"{name}_image.png", $"{name}_truth.png", predicted));
        }
        Write(folder, "index.json", JsonSerializer.SerializeToUtf8Bytes(entries));
    }

    static float[][] Reduced(
        Payload.Evaluate payload, ShardedData data, Decoder decoder, Training.Models.Denoiser network, SamplerSpec sampler, LatentSample[] samples)
    {
        var members = EvaluateStep.Members(payload, data, decoder, network, sampler, samples);
        return [.. samples.Select((_, n) => Training.Ensembles.EvaluationGrid.Reduced(
            [.. members.Select(member => Array.ConvertAll(member[n], value => (double)value))], sampler))];
    }

    /// <summary>The photographs as the model's encoder saw them, interleaved RGB.</summary>
    static byte[][] Images(SampleSource source, Preparation preparation, LatentSample[] samples)
    {
        var last = samples[^1].Id;
        var refs = source.List().TakeWhile(sample => sample.Id <= last).ToDictionary(sample => sample.Id);
        return [.. samples.Select(sample => TaskScore.Bytes(preparation.Prepare(source.Load(refs[sample.Id])).Images[0]))];
    }

    /// <summary>A prediction, or the truth where none is given, in colours that both share.</summary>
    static byte[] Picture(PerceptionTask task, float[]? prediction, byte[] truth, int size)
    {
        var floats = task == PerceptionTask.Amodal ? [] : MemoryMarshal.Cast<byte, float>(truth).ToArray();
        return Png.Encode(new RgbImage(size, size, task switch
        {
            PerceptionTask.Depth => DepthPicture(prediction, floats),
            PerceptionTask.Flow => FlowWheel.Paint(prediction ?? floats, Longest(floats)),
            PerceptionTask.Amodal => prediction is null ? [.. truth.SelectMany(value => (byte[])[value, value, value])] : TaskScore.Bytes(prediction),
            _ => throw new NotSupportedException(task.ToString()),
        }));
    }

    /// <summary>Both in the range of the truth, so that equal colours are equal metres.</summary>
    static byte[] DepthPicture(float[]? prediction, float[] metres)
    {
        var valid = Array.ConvertAll(metres, float.IsFinite);
        var known = metres.Where(float.IsFinite).DefaultIfEmpty(0).ToArray();
        var map = prediction is null
            ? metres
            : Array.ConvertAll(DepthMetrics.Aligned(prediction, metres, valid, AlignmentKind.LeastSquares), depth => (float)depth);
        var everywhere = prediction is null ? valid : Array.ConvertAll(valid, _ => true);
        return ColourMap.Paint(map, everywhere, known.Min(), known.Max(), ColourMap.Spectral);
    }

    static double Longest(float[] flow)
    {
        var area = flow.Length / 2;
        return Enumerable.Range(0, area).Select(i => Math.Sqrt(flow[i] * flow[i] + flow[area + i] * flow[area + i])).Where(double.IsFinite).DefaultIfEmpty(1).Max();
    }

    static void Write(string folder, string name, byte[] bytes) => AtomicFile.Write(Path.Combine(folder, name), stream => stream.Write(bytes));
}
