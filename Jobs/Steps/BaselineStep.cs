using System.Diagnostics;
using System.Runtime.InteropServices;
using Flow.Dataflow.Preprocess;
using Flow.Domain.Planning;
using Flow.Domain.Runs;
using Flow.Domain.Text;
using Flow.Storage.Shards;
using Flow.Training.Metrics;

namespace Flow.Jobs.Steps;

/// <summary>
/// Scores predictions that never look at the image: a constant, and the mean map of the training set, or for amodal masks a copy of the
/// visible mask. Only what beats the second sees.
/// </summary>
public static class BaselineStep
{
    public static void Run(StepContext context, Payload.Baseline payload)
    {
        var clock = Stopwatch.StartNew();
        var training = new ShardedData(context.Open(payload.Training));
        var data = new ShardedData(context.Open(payload.Data));
        var most = payload.MaxSamples.ToNullable();
        var size = data.Truth(data.Samples(1).First()).Length / (payload.Task == PerceptionTask.Amodal ? 1 : sizeof(float));
        var values = new List<Measurement>();
        values.AddRange(Score(payload.Task, "constant", new float[Planes(payload.Task) * size], data, most));
        if (payload.Task == PerceptionTask.Amodal && data.Schema.IndexOf(BlobSpec.Visible) >= 0) values.AddRange(Copied(data, most));
        if (payload.Task != PerceptionTask.Amodal) values.AddRange(Score(payload.Task, "mean_map", MeanMap(payload.Task, training), data, most));
        new Measurements(context.Work.Attempt, DateTimeOffset.UtcNow, clock.Elapsed.TotalSeconds, values).Save(context.Directory);
    }

    /// <summary>An amodal prediction is a picture of three planes.</summary>
    static int Planes(PerceptionTask task) => task == PerceptionTask.Amodal ? 3 : 1;

    static float[] MeanMap(PerceptionTask task, ShardedData training) => DepthBaselines.MeanMap(training.Samples(null).Select(sample =>
    {
        var truth = MemoryMarshal.Cast<byte, float>(training.Truth(sample));
        return task == PerceptionTask.Depth ? DepthTarget.Normalise(truth) : Array.ConvertAll(truth.ToArray(), value => float.IsNaN(value) ? 0 : value);
    }));

    static IEnumerable<Measurement> Score(PerceptionTask task, string name, float[] prediction, ShardedData data, int? most) =>
        Means(task, name, data, most, _ => prediction);

    /// <summary>The visible mask as the answer, drawn as the object would be: black on white.</summary>
    static IEnumerable<Measurement> Copied(ShardedData data, int? most) => Means(PerceptionTask.Amodal, "copy_visible", data, most, sample =>
    {
        var plane = Array.ConvertAll(sample.Blobs[data.Schema.IndexOf(BlobSpec.Visible)], seen => seen > 127 ? -1f : 1f);
        return [.. plane, .. plane, .. plane];
    });

    static IEnumerable<Measurement> Means(PerceptionTask task, string name, ShardedData data, int? most, Func<LatentSample, float[]> prediction)
    {
        var scores = data.Samples(most)
            .SelectMany(sample => Scoring.Score(task, prediction(sample), new SampleTruth(data.Truth(sample).ToArray())).Match(found => found, () => []))
            .ToLookup(score => score.Metric, score => score.Value);
        return scores.Select(metric =>
        {
            var interval = SampleMean.Of([.. metric], seed: 0);
            return new Measurement(metric.Key, interval.Value, Scoring.Unit(metric.Key), interval.Low, interval.High, Spelling.Kebab(task.ToString()), Sampler: name, Samples: metric.Count());
        });
    }
}
