using System.Diagnostics;
using Flow.Domain.Diffusion;
using Flow.Domain.Models;
using Flow.Domain.Planning;
using Flow.Domain.Text;
using Flow.Training.Diffusion;
using Flow.Training.Metrics;
using static TorchSharp.torch;

namespace Flow.Jobs.Steps;

/// <summary>
/// The diffusion loss on held-out samples at fixed timesteps and noise, whole and by tenths of the time range: two models are compared on
/// the same triples. Where the variance is learned also the variational bound.
/// </summary>
public static class HeldOutStep
{
    const int Buckets = 10;

    /// <summary>Steps of the bound that are evaluated beside its ends; the others are weighted up from them.</summary>
    const int BoundSteps = 20;

    public static void Run(StepContext context, Payload.HeldOutLoss payload)
    {
        set_num_threads(context.Lab.Threads);
        var clock = Stopwatch.StartNew();
        var data = new ShardedData(context.Open(payload.Data));
        var terms = new List<HeldOutTerm>();
        var bits = new List<double>();
        using (var scope = NewDisposeScope())
        {
            var device = ComputeDevice.Of(context.Lab.Device);
            var network = MeasuredBatch.Network(context.Open(payload.Checkpoint), payload.Model, device, context.Note);
            var process = DiffusionProcess.Of(payload.Diffusion, payload.Model.LearnSigma);
            var total = payload.MaxSamples.Match(most => Math.Min(most, data.Index.Samples), () => data.Index.Samples);
            foreach (var samples in data.Samples(payload.MaxSamples.ToNullable()).Chunk(MeasuredBatch.Size))
            {
                context.Cancel.ThrowIfCancellationRequested();
                using var batchScope = NewDisposeScope();
                var batch = MeasuredBatch.Of(data, samples, payload.Model, payload.Task.MatchUnsafe<long?>(task => TaskLabels.Shown(payload.Model, task), () => null));
                var (target_NCHW, condition_NCHW, y_N) = (batch.Target_NCHW.to(device), batch.Condition_NCHW.to(device), tensor(batch.Labels).to(device));
                var first = terms.Count / payload.Draws;
                Tensor Model(Tensor x, Tensor t) => network.forward(cat([condition_NCHW, x], 1), t, y_N);
                terms.AddRange(HeldOutLoss.Of(process, Model, target_NCHW, batch.Ids, first, payload.Draws, payload.Seed));
                if (process.Variance == VarianceKind.LearnedRange)
                    bits.AddRange(BitsPerDim.Of(process, Model, target_NCHW, batch.Ids, Math.Min(BoundSteps, process.Schedule.Count - 1), payload.Seed));
                var fraction = terms.Count / (double)payload.Draws / total;
                context.Report(fraction, $"{terms.Count / clock.Elapsed.TotalSeconds:0} losses/s", clock.Elapsed * ((1 - fraction) / fraction), "");
            }
        }
        new Measurements(context.Work.Attempt, DateTimeOffset.UtcNow, clock.Elapsed.TotalSeconds, Measured(payload, terms, bits)).Save(context.Directory);
    }

    static List<Measurement> Measured(Payload.HeldOutLoss payload, List<HeldOutTerm> terms, List<double> bits)
    {
        var task = payload.Task.MatchUnsafe<string?>(task => Spelling.Kebab(task.ToString()), () => null);
        var values = new List<Measurement> { Mean("loss", term => term.EpsMse), Mean("prediction_mse", term => term.Mse) };
        var buckets = HeldOutLoss.ByBucket(terms, payload.Diffusion.Target == PredictionTarget.RectifiedFlow ? 1 : payload.Diffusion.Timesteps, Buckets);
        for (var b = 0; b < Buckets; b++)
            if (buckets[b].Count > 0) values.Add(Of($"loss_bucket_{b}", HeldOutLoss.PerSample(buckets[b], term => term.EpsMse)));
        if (terms.TrueForAll(term => !double.IsNaN(term.Vb))) values.Add(Mean("vb", term => term.Vb));
        if (bits.Count > 0) values.Add(Of("bits_per_dim", bits));
        return values;

        Measurement Mean(string metric, Func<HeldOutTerm, double> value) => Of(metric, HeldOutLoss.PerSample(terms, value));

        Measurement Of(string metric, IReadOnlyList<double> samples)
        {
            var interval = SampleMean.Of(samples, payload.Seed);
            return new Measurement(metric, interval.Value, metric is "vb" or "bits_per_dim" ? "bits/dim" : "1", interval.Low, interval.High, task,
                MacsPerImage: Accounting.ForwardMacs(payload.Model), Samples: samples.Count);
        }
    }
}
