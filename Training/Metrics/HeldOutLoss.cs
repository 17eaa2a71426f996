using Flow.Domain.Diffusion;
using Flow.Domain.Random;
using Flow.Training.Diffusion;
using static TorchSharp.torch;

namespace Flow.Training.Metrics;

/// <summary>The loss of one fixed (sample, time, noise) triple.</summary>
/// <param name="Time">Step of the schedule, or time of a rectified flow.</param>
/// <param name="Mse">Mean squared error of what the network predicts.</param>
/// <param name="EpsMse">Mean squared error of the noise that the prediction implies: comparable between targets. Of the velocity, for a flow.</param>
/// <param name="Vb">Term of the variational bound in bits per dimension; NaN when the variance is not learned.</param>
public readonly record struct HeldOutTerm(long SampleId, double Time, double Mse, double EpsMse, double Vb);

/// <summary>
/// The diffusion loss on data that was not trained on, at times and noise that depend on the seed and the sample alone: two models, or two
/// checkpoints, are compared on the same triples, which removes nearly all of the loss's noise.
/// </summary>
public static class HeldOutLoss
{
    /// <summary>Fractional part of the golden ratio: multiples of it fill an interval evenly, however many there are.</summary>
    const double GoldenRatio = 0.6180339887498949;

    /// <summary>Losses of one batch, <paramref name="draws"/> triples a sample.</summary>
    /// <param name="model">(x_t [N,C,H,W], time [N]) -> raw output; labels and condition of the batch bound.</param>
    /// <param name="x0">[N,C,H,W].</param>
    /// <param name="first">Place of the batch's first sample in the held-out set: times are stratified over the set.</param>
    public static IReadOnlyList<HeldOutTerm> Of(
        DiffusionProcess process, Func<Tensor, Tensor, Tensor> model, Tensor x0, long[] sampleIds, int first, int draws, int seed)
    {
        using var noGrad = no_grad();
        var terms = new List<HeldOutTerm>(draws * sampleIds.Length);
        for (var draw = 0; draw < draws; draw++)
        {
            using var scope = NewDisposeScope();
            double[] times = [.. sampleIds.Select((_, i) => Time(process, first + i, draw, draws))];
            var noise = SampleNoise.Of(x0, sampleIds, Purpose.HeldOut, draw, seed);
            var loss = DiffusionLoss.Compute(process, model, x0, times, noise);
            var mse = Values(loss.Mse ?? throw new ArgumentException("a process trained on the bound alone has no squared error", nameof(process)));
            var vb = loss.Vb is null ? null : Values(loss.Vb);
            for (var i = 0; i < sampleIds.Length; i++)
                terms.Add(new(sampleIds[i], times[i], mse[i], mse[i] * EpsPerMse(process, times[i]), vb?[i] ?? double.NaN));
        }
        return terms;
    }

    /// <summary>The terms in equal buckets of the time range, from clean to noisy.</summary>
    /// <param name="range">T, or 1 for a rectified flow.</param>
    public static IReadOnlyList<IReadOnlyList<HeldOutTerm>> ByBucket(IEnumerable<HeldOutTerm> terms, double range, int buckets)
    {
        var grouped = terms.ToLookup(term => Math.Min((int)(term.Time / range * buckets), buckets - 1));
        return [.. Enumerable.Range(0, buckets).Select(b => (IReadOnlyList<HeldOutTerm>)[.. grouped[b]])];
    }

    /// <summary>One value per sample, the mean over its draws, in order of first appearance: what a bootstrap over samples resamples.</summary>
    public static double[] PerSample(IEnumerable<HeldOutTerm> terms, Func<HeldOutTerm, double> value) =>
        [.. terms.GroupBy(term => term.SampleId).Select(of => of.Average(value))];

    static double Time(DiffusionProcess process, int index, int draw, int draws)
    {
        var place = (draw + (index + 0.5) * GoldenRatio % 1) / draws;
        return process.Target == PredictionTarget.RectifiedFlow ? place : Math.Floor(place * process.Schedule.Count);
    }

    /// <summary>How an error of the prediction becomes one of eps at fixed x_t: eps = sqrt(alphaBar) v + ..., and eps = ... - sqrt(snr) x_0.</summary>
    static double EpsPerMse(DiffusionProcess process, double time) => process.Target switch
    {
        PredictionTarget.V => process.Schedule.AlphaBar[(int)time],
        PredictionTarget.X0 => process.Schedule.AlphaBar[(int)time] / (1 - process.Schedule.AlphaBar[(int)time]),
        _ => 1,
    };

    static float[] Values(Tensor perSample) => perSample.to(ScalarType.Float32).cpu().data<float>().ToArray();
}
