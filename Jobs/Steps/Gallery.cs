using System.Globalization;
using Flow.Dataflow.Codecs;
using Flow.Domain.Diffusion;
using Flow.Domain.Models;
using Flow.Domain.Planning;
using Flow.Domain.Runs;
using Flow.Domain.Text;
using Flow.Storage.Files;
using Flow.Storage.Shards;
using Flow.Training.Ensembles;

namespace Flow.Jobs.Steps;

/// <summary>Draws the first few samples of an evaluation, which are the same for every model and sampler: see <see cref="GalleryIndex"/>.</summary>
sealed class Gallery
{
    const int Shown = 6;

    readonly Payload.Evaluate payload;
    readonly Evaluation evaluation;
    readonly LatentSample[] samples;
    readonly ShownImages[] images;
    readonly int size;

    /// <param name="ingest">How the shards were made; none for a folder that no study made.</param>
    public Gallery(StepContext context, Payload.Evaluate payload, Evaluation evaluation, Payload.Ingest? ingest)
    {
        (this.payload, this.evaluation) = (payload, evaluation);
        samples = [.. evaluation.Data.Samples(Shown)];
        size = evaluation.Data.ImageSize;
        images = ShownImages.Of(context, ingest, evaluation.Data, evaluation.Decoder, samples);
    }

    /// <summary>A gallery in each of the given directories, of the samplers named beside it; members are predicted once a chain.</summary>
    public void Save(IReadOnlyList<(string Directory, IReadOnlyList<SamplerSpec> Samplers)> into)
    {
        var predicted = SharedChain.Of(into.SelectMany(one => one.Samplers))
            .SelectMany(chain => Predicted(chain)).ToDictionary(one => one.Sampler, one => one.Samples);
        foreach (var (directory, samplers) in into)
        {
            var (full, unit) = GalleryPictures.Scale(payload.Task);
            var entries = samples.Select((_, n) => Entry(GalleryIndex.FolderOf(directory), n, samplers.Select(sampler => (sampler, predicted[sampler][n])).ToList())).ToList();
            new GalleryIndex(GalleryIndex.CurrentVersion, Spelling.Kebab(payload.Task.ToString()), size, full, unit, entries).Save(directory);
        }
    }

    IEnumerable<(SamplerSpec Sampler, (float[] Map, float[]? Spread)[] Samples)> Predicted(SharedChain chain)
    {
        var members = evaluation.Members(chain.Draw, samples);
        var ofSamples = samples.Select((_, n) => EvaluationGrid.Doubles(members.Select(member => member[n]))).ToArray();
        return chain.Cells.Select(cell => (cell, ofSamples.Select(sample =>
            (EvaluationGrid.Reduced(sample, cell), EvaluationGrid.Uncertainty(sample, cell).MatchUnsafe<float[]?>(spread => spread, () => null))).ToArray()));
    }

    GallerySample Entry(string folder, int n, List<(SamplerSpec Sampler, (float[] Map, float[]? Spread) Predicted)> predictions)
    {
        var name = n.ToString("D3", CultureInfo.InvariantCulture);
        var pictures = new GalleryPictures(payload.Task, samples[n].Blobs[evaluation.Data.Schema.IndexOf(BlobSpec.Truth)]);
        var truth = SampleTruth.Of(evaluation.Data, evaluation.Decoder, samples[n]);
        var written = predictions.Select((one, i) => Prediction(folder, name, i, one.Sampler, one.Predicted.Map, one.Predicted.Spread, pictures, truth)).ToList();
        return new GallerySample(
            samples[n].Id, samples[n].Key,
            Picture(folder, $"{name}_image.png", images[n].Image),
            // depth's prompt is the same white square for every sample
            payload.Task != PerceptionTask.Depth && images[n].Prompt is { } prompt ? Picture(folder, $"{name}_prompt.png", prompt) : null,
            Picture(folder, $"{name}_truth.png", pictures.Truth()),
            Raw(folder, $"{name}_truth.npy", pictures.Numbers),
            written);
    }

    GalleryPrediction Prediction(
        string folder, string sample, int index, SamplerSpec sampler, float[] map, float[]? spread, GalleryPictures pictures, SampleTruth truth)
    {
        var stem = string.Create(CultureInfo.InvariantCulture, $"{sample}_{index:D2}_{sampler.Steps}x{sampler.Ensemble}");
        var scores = Scoring.Score(payload.Task, map, truth).Match(found => found, () => []);
        return new GalleryPrediction(
            sampler.Steps, sampler.Ensemble, Evaluation.Name(sampler), new PredictionCost(Accounting.ForwardMacs(payload.Model)).Macs(sampler),
            Picture(folder, stem + ".png", pictures.Prediction(map)),
            Raw(folder, stem + ".npy", map),
            Picture(folder, stem + "_error.png", pictures.Error(map)),
            spread is null ? null : Picture(folder, stem + "_uncertainty.png", pictures.Uncertainty(map, spread)),
            scores.ToDictionary(score => score.Metric, score => score.Value));
    }

    string Picture(string folder, string name, byte[] rgb) => Write(folder, name, Png.Encode(new RgbImage(size, size, rgb)));

    string Raw(string folder, string name, float[] values)
    {
        var planes = values.Length / (size * size);
        return Write(folder, name, planes == 1 ? Npy.Encode(values, size, size) : Npy.Encode(values, planes, size, size));
    }

    static string Write(string folder, string name, byte[] bytes)
    {
        AtomicFile.Write(Path.Combine(folder, name), stream => stream.Write(bytes));
        return name;
    }
}
