using System.Diagnostics;
using System.Globalization;
using Flow.Domain.Data;
using Flow.Domain.Diffusion;
using Flow.Domain.Models;
using Flow.Domain.Planning;
using Flow.Domain.Text;
using Flow.Storage.Shards;
using Flow.Training.Ensembles;
using static TorchSharp.torch;

namespace Flow.Jobs.Steps;

/// <summary>
/// Predicts with each sampler, decodes to pixels, and scores. Samplers that differ in their ensemble alone share their members; every cell
/// of the grid that is finished is on disk, so that an interrupted evaluation goes on with the next one.
/// </summary>
public static class EvaluateStep
{
    public static void Run(StepContext context, Payload.Evaluate payload)
    {
        var ingest = (Payload.Ingest)context.Plan[payload.Data].Payload;
        Run(context, payload, context.Open(payload.Data), ingest.Codec, (data, decoder, network) =>
            Gallery.Save(context, payload, data, decoder, network, DataPlaces.Open(context, ingest), DataPlaces.Prepared(ingest.Dataset)));
    }

    /// <summary>On shards in any folder, encoded by the payload's codec.</summary>
    /// <param name="then">Called when all is measured, while the network is loaded.</param>
    internal static void Run(
        StepContext context, Payload.Evaluate payload, string folder, CodecSpec codecSpec, Action<ShardedData, Decoder, Training.Models.Denoiser> then)
    {
        set_num_threads(context.Lab.Threads);
        var clock = Stopwatch.StartNew();
        var data = new ShardedData(folder);
        var codec = FitCodecStep.Load(context.Open(payload.CodecStep));
        using var owned = codec as IDisposable;
        var decoder = new Decoder(codec, IngestStep.TargetScale(codecSpec), payload.Task, data.Shape(BlobSpec.Target), Scoring.FlowScale(data.Schema));
        using var scope = NewDisposeScope();
        var network = MeasuredBatch.Network(context.Open(payload.Checkpoint), payload.Model, context.Note);
        var chains = SharedChain.Of(payload.Samplers);
        var measured = new List<Measurement>();
        for (var i = 0; i < chains.Count; i++)
            measured.AddRange(FinishedCells.Once(context.Directory, i, () => Cells(context, payload, data, decoder, network, chains[i], i, chains.Count)));
        new Measurements(context.Work.Attempt, DateTimeOffset.UtcNow, clock.Elapsed.TotalSeconds, measured).Save(context.Directory);
        then(data, decoder, network);
    }

    static List<Measurement> Cells(
        StepContext context, Payload.Evaluate payload, ShardedData data, Decoder decoder, Training.Models.Denoiser network, SharedChain chain, int index, int chains)
    {
        var clock = Stopwatch.StartNew();
        var cells = EvaluationGrid.Evaluate(chain, Predictions(context, payload, data, decoder, network, chain, index, chains), new PredictionCost(Accounting.ForwardMacs(payload.Model)), payload.Seed);
        var seconds = clock.Elapsed.TotalSeconds;
        return [.. cells.SelectMany(cell => Rows(payload, cell, seconds * cell.Sampler.Ensemble / chain.Draw.Ensemble))];
    }

    static IEnumerable<SamplePredictions> Predictions(
        StepContext context, Payload.Evaluate payload, ShardedData data, Decoder decoder, Training.Models.Denoiser network, SharedChain chain, int index, int chains)
    {
        var clock = Stopwatch.StartNew();
        var total = payload.MaxSamples.Match(most => Math.Min(most, data.Index.Samples), () => data.Index.Samples);
        var done = 0;
        foreach (var samples in data.Samples(payload.MaxSamples.ToNullable()).Chunk(MeasuredBatch.Size))
        {
            context.Cancel.ThrowIfCancellationRequested();
            var members = Members(payload, data, decoder, network, chain.Draw, samples);
            for (var n = 0; n < samples.Length; n++)
            {
                var truth = samples[n].Blobs[data.Schema.IndexOf(BlobSpec.Truth)];
                yield return new SamplePredictions([.. members.Select(member => member[n])], prediction => Scoring.Score(payload.Task, prediction, truth));
            }
            done += samples.Length;
            var fraction = (index + done / (double)total) / chains;
            context.Report(
                fraction,
                string.Create(CultureInfo.InvariantCulture, $"{done * chain.Draw.Ensemble / clock.Elapsed.TotalSeconds:0.#} predictions/s"),
                null,
                $"{chain.Draw.Steps} steps, ensemble {chain.Draw.Ensemble}");
        }
    }

    /// <summary>[member][sample]: predictions in the task's terms.</summary>
    internal static float[][][] Members(
        Payload.Evaluate payload, ShardedData data, Decoder decoder, Training.Models.Denoiser network, SamplerSpec sampler, LatentSample[] samples)
    {
        using var scope = NewDisposeScope();
        var batch = MeasuredBatch.Of(data, samples, TaskLabels.Shown(payload.Model, payload.Task));
        return new Predictor(network, payload.Model, payload.Diffusion, payload.Task, decoder).Members(sampler, batch.Ids, batch.Condition_NCHW, payload.Seed);
    }

    static IEnumerable<Measurement> Rows(Payload.Evaluate payload, EvaluatedCell cell, double seconds) => cell.Metrics.Select(metric => new Measurement(
        metric.Key, metric.Value.Value, Unit(metric.Key), metric.Value.Low, metric.Value.High,
        Spelling.Kebab(payload.Task.ToString()), cell.Sampler.Steps, cell.Sampler.Ensemble, Name(cell.Sampler),
        cell.MacsPerSample, seconds, cell.Samples));

    static string Name(SamplerSpec sampler) => string.Create(
        CultureInfo.InvariantCulture, $"{sampler.Sampler} {sampler.Spacing} {sampler.Reduction} eta {sampler.Eta} guidance {sampler.Guidance}").ToLowerInvariant();

    static string Unit(string metric) => metric is "epe" or "epe_fitted" ? "px" : metric is "rmse" ? "m" : metric is "irmse" ? "1/m" : "1";
}
