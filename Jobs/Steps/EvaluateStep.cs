using System.Diagnostics;
using System.Globalization;
using Flow.Domain.Diffusion;
using Flow.Domain.Models;
using Flow.Domain.Planning;
using Flow.Domain.Text;
using Flow.Storage.Shards;
using Flow.Training.Diffusion;
using Flow.Training.Ensembles;
using Flow.Training.Sampling;
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
        set_num_threads(context.Lab.Threads);
        var clock = Stopwatch.StartNew();
        var data = new ShardedData(context.Open(payload.Data));
        var plan = (Payload.Ingest)context.Plan[payload.Data].Payload;
        var decoder = new Decoder(FitCodecStep.Load(context.Open(payload.CodecStep)), IngestStep.TargetScale(plan.Codec), payload.Task, data);
        using var scope = NewDisposeScope();
        var network = MeasuredBatch.Network(context, payload.Checkpoint, payload.Model);
        var chains = SharedChain.Of(payload.Samplers);
        var measured = new List<Measurement>();
        for (var i = 0; i < chains.Count; i++)
            measured.AddRange(FinishedCells.Once(context.Directory, i, () => Cells(context, payload, data, decoder, network, chains[i], i, chains.Count)));
        new Measurements(context.Work.Attempt, DateTimeOffset.UtcNow, clock.Elapsed.TotalSeconds, measured).Save(context.Directory);
        Gallery.Save(context, payload, data, decoder, network, DataPlaces.Open(context, plan), DataPlaces.Prepared(plan.Dataset));
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
        var process = DiffusionProcess.Of(payload.Diffusion, payload.Model.LearnSigma);
        var batch = MeasuredBatch.Of(data, samples, TaskLabels.Shown(payload.Model, payload.Task));
        var request = new SamplingBatch(
            data.Shape(BlobSpec.Target), batch.Ids, batch.Labels, payload.Model.LabelRows - 1, batch.Condition_NCHW, payload.Seed);
        return [.. Enumerable.Range(0, sampler.Ensemble).Select(member => decoder.Predictions(
            Sampler.Predict((x, t, y) => network.forward(x, t, y), process, sampler, request, member, CPU), samples.Length))];
    }

    static IEnumerable<Measurement> Rows(Payload.Evaluate payload, EvaluatedCell cell, double seconds) => cell.Metrics.Select(metric => new Measurement(
        metric.Key, metric.Value.Value, Unit(metric.Key), metric.Value.Low, metric.Value.High,
        Spelling.Kebab(payload.Task.ToString()), cell.Sampler.Steps, cell.Sampler.Ensemble, Name(cell.Sampler),
        cell.MacsPerSample, seconds, cell.Samples));

    static string Name(SamplerSpec sampler) => string.Create(
        CultureInfo.InvariantCulture, $"{sampler.Sampler} {sampler.Spacing} {sampler.Reduction} eta {sampler.Eta} guidance {sampler.Guidance}").ToLowerInvariant();

    static string Unit(string metric) => metric is "epe" or "epe_fitted" ? "px" : metric is "rmse" ? "m" : metric is "irmse" ? "1/m" : "1";
}
