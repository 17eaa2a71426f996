using System.Diagnostics;
using Flow.Domain.Models;
using Flow.Domain.Planning;
using Flow.Domain.Text;
using Flow.Training.Diffusion;
using Flow.Training.Metrics;
using static TorchSharp.torch;

namespace Flow.Jobs.Steps;

/// <summary>The diffusion loss on held-out samples at fixed timesteps and noise: two models are compared on the same triples.</summary>
public static class HeldOutStep
{
    public static void Run(StepContext context, Payload.HeldOutLoss payload)
    {
        set_num_threads(context.Lab.Threads);
        var clock = Stopwatch.StartNew();
        var data = new ShardedData(context.Open(payload.Data));
        var terms = new List<HeldOutTerm>();
        using (var scope = NewDisposeScope())
        {
            var network = MeasuredBatch.Network(context.Open(payload.Checkpoint), payload.Model, context.Note);
            var process = DiffusionProcess.Of(payload.Diffusion, payload.Model.LearnSigma);
            var total = payload.MaxSamples.Match(most => Math.Min(most, data.Index.Samples), () => data.Index.Samples);
            foreach (var samples in data.Samples(payload.MaxSamples.ToNullable()).Chunk(MeasuredBatch.Size))
            {
                context.Cancel.ThrowIfCancellationRequested();
                using var batchScope = NewDisposeScope();
                var batch = MeasuredBatch.Of(data, samples, payload.Model, payload.Task.MatchUnsafe<long?>(task => TaskLabels.Shown(payload.Model, task), () => null));
                var y_N = tensor(batch.Labels);
                var first = terms.Count / payload.Draws;
                terms.AddRange(HeldOutLoss.Of(
                    process, (x, t) => network.forward(cat([batch.Condition_NCHW, x], 1), t, y_N), batch.Target_NCHW, batch.Ids, first, payload.Draws, payload.Seed));
                var fraction = terms.Count / (double)payload.Draws / total;
                context.Report(fraction, $"{terms.Count / clock.Elapsed.TotalSeconds:0} losses/s", clock.Elapsed * ((1 - fraction) / fraction), "");
            }
        }
        Measured(payload, terms).Invoke(context, clock.Elapsed.TotalSeconds);
    }

    static Action<StepContext, double> Measured(Payload.HeldOutLoss payload, List<HeldOutTerm> terms) => (context, seconds) =>
    {
        var task = payload.Task.MatchUnsafe<string?>(task => Spelling.Kebab(task.ToString()), () => null);
        var values = new List<Measurement> { Mean("loss", term => term.EpsMse), Mean("prediction_mse", term => term.Mse) };
        if (terms.TrueForAll(term => !double.IsNaN(term.Vb))) values.Add(Mean("vb", term => term.Vb));
        new Measurements(context.Work.Attempt, DateTimeOffset.UtcNow, seconds, values).Save(context.Directory);

        Measurement Mean(string metric, Func<HeldOutTerm, double> value)
        {
            var samples = HeldOutLoss.PerSample(terms, value);
            var interval = SampleMean.Of(samples, payload.Seed);
            return new Measurement(metric, interval.Value, metric == "vb" ? "bits/dim" : "1", interval.Low, interval.High, task,
                MacsPerImage: Accounting.ForwardMacs(payload.Model), Samples: samples.Length);
        }
    };
}
