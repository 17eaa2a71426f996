using System.Diagnostics;
using System.Globalization;
using Flow.Domain.Data;
using Flow.Domain.Diffusion;
using Flow.Domain.Models;
using Flow.Domain.Planning;
using Flow.Domain.Text;
using Flow.Storage.Shards;
using Flow.Training.Codecs;
using Flow.Training.Ensembles;
using TorchSharp;
using static TorchSharp.torch;

namespace Flow.Jobs.Steps;

/// <summary>
/// A trained network before the held-out samples that it is judged on: scores chains of samplers, and writes each batch of samples down as
/// soon as it is scored. Belongs to the thread that made it, as its tensors do.
/// </summary>
sealed class Evaluation : IDisposable
{
    readonly StepContext context;
    readonly Payload.Evaluate payload;
    readonly DisposeScope tensors;
    readonly ILatentCodec codec;
    readonly Predictor predictor;

    /// <param name="payload">What is evaluated; its samplers are not read here.</param>
    /// <param name="folder">The shards, encoded by <paramref name="codecSpec"/>.</param>
    public Evaluation(StepContext context, Payload.Evaluate payload, string folder, CodecSpec codecSpec)
    {
        (this.context, this.payload) = (context, payload);
        set_num_threads(context.Lab.Threads);
        Data = new ShardedData(folder);
        codec = FitCodecStep.Load(context.Open(payload.CodecStep), context.Lab.Device);
        tensors = NewDisposeScope();
        Decoder = new Decoder(codec, IngestStep.TargetScale(codecSpec), payload.Task, Data.Shape(BlobSpec.Target), Scoring.FlowScale(Data.Schema));
        var device = ComputeDevice.Of(context.Lab.Device);
        var network = MeasuredBatch.Network(context.Open(payload.Checkpoint), payload.Model, device, context.Note);
        predictor = new Predictor(network, payload.Model, payload.Diffusion, payload.Task, Decoder, device);
    }

    public ShardedData Data { get; }

    public Decoder Decoder { get; }

    /// <summary>Rows of each cell of a chain, in the chain's order.</summary>
    /// <param name="journal">Where the scores are written down, batch by batch.</param>
    /// <param name="index">Place of the chain among <paramref name="chains"/>, for whoever watches.</param>
    public IReadOnlyList<(SamplerSpec Sampler, IReadOnlyList<Measurement> Rows)> Score(SharedChain chain, ScoreJournal journal, int index, int chains)
    {
        var total = payload.MaxSamples.Match(most => Math.Min(most, Data.Index.Samples), () => Data.Index.Samples);
        var clock = Stopwatch.StartNew();
        var batches = new List<ScoredBatch>();
        var done = 0;
        foreach (var samples in Data.Samples(payload.MaxSamples.ToNullable()).Chunk(MeasuredBatch.Size))
        {
            context.Cancel.ThrowIfCancellationRequested();
            batches.Add(journal.Once(batches.Count, chain.Cells, () => Scored(chain, samples)));
            done += samples.Length;
            context.Report(
                (index + done / (double)total) / chains,
                string.Create(CultureInfo.InvariantCulture, $"{done * chain.Draw.Ensemble / clock.Elapsed.TotalSeconds:0.#} predictions/s"),
                null, $"{chain.Draw.Steps} steps, ensemble {chain.Draw.Ensemble}");
        }
        return [.. chain.Cells.Select(cell => (cell, Rows(cell, chain, batches)))];
    }

    /// <summary>[member][sample]: predictions in the task's terms.</summary>
    public float[][][] Members(SamplerSpec sampler, LatentSample[] samples)
    {
        using var scope = NewDisposeScope();
        var batch = MeasuredBatch.Of(Data, samples, payload.Model, TaskLabels.Shown(payload.Model, payload.Task));
        return predictor.Members(sampler, batch.Ids, batch.Condition_NCHW, payload.Seed);
    }

    public void Dispose()
    {
        tensors.Dispose();
        (codec as IDisposable)?.Dispose();
    }

    ScoredBatch Scored(SharedChain chain, LatentSample[] samples)
    {
        var clock = Stopwatch.StartNew();
        var members = Members(chain.Draw, samples);
        var scores = ScoreJournal.Empty(chain.Cells);
        for (var n = 0; n < samples.Length; n++)
        {
            var truth = SampleTruth.Of(Data, Decoder, samples[n]);
            var of = EvaluationGrid.Scores(chain, new SamplePredictions([.. members.Select(member => member[n])], prediction => Scoring.Score(payload.Task, prediction, truth)));
            foreach (var (cell, found) in chain.Cells.Zip(of))
                found.IfSome(metrics => scores[ScoreJournal.Key(cell)].Add(new ScoredSample(samples[n].Id, metrics.ToDictionary(one => one.Metric, one => one.Value))));
        }
        return new ScoredBatch(clock.Elapsed.TotalSeconds, scores);
    }

    List<Measurement> Rows(SamplerSpec sampler, SharedChain chain, List<ScoredBatch> batches)
    {
        var scores = batches.SelectMany(batch => batch.Cells[ScoreJournal.Key(sampler)]).Select(sample => sample.Scores).ToList();
        var cell = EvaluationGrid.Summary(sampler, scores, new PredictionCost(Accounting.ForwardMacs(payload.Model)), payload.Seed);
        var seconds = batches.Sum(batch => batch.Seconds) * sampler.Ensemble / chain.Draw.Ensemble;
        return [.. cell.Metrics.Select(metric => new Measurement(
            metric.Key, metric.Value.Value, Scoring.Unit(metric.Key), metric.Value.Low, metric.Value.High,
            Spelling.Kebab(payload.Task.ToString()), sampler.Steps, sampler.Ensemble, Name(sampler), cell.MacsPerSample, seconds, cell.Samples))];
    }

    /// <summary>What the columns of a row don't say of a sampler.</summary>
    public static string Name(SamplerSpec sampler) => string.Create(
        CultureInfo.InvariantCulture,
        $"{Spelling.Kebab(sampler.Sampler.ToString())} {Spelling.Kebab(sampler.Spacing.ToString())} {Spelling.Kebab(sampler.Reduction.ToString())} eta {sampler.Eta} guidance {sampler.Guidance}{sampler.Schedule.Match(schedule => $" schedule {Spelling.Kebab(schedule.ToString())}", () => "")}");
}
