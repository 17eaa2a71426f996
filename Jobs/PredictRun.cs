using System.Diagnostics;
using Flow.Dataflow.Codecs;
using Flow.Dataflow.Ingest;
using Flow.Domain;
using Flow.Domain.Diffusion;
using Flow.Domain.Models;
using Flow.Domain.Pictures;
using Flow.Domain.Runs;
using Flow.Jobs.Steps;
using Flow.Training.Codecs;
using Flow.Training.Ensembles;
using Flow.Training.Metrics;
using static TorchSharp.torch;

namespace Flow.Jobs;

/// <summary>A person's own image, with what its task needs beside it.</summary>
/// <param name="Second">The next frame, for flow.</param>
/// <param name="VisibleMask">0 or 255 a pixel of the image: what is seen of the object, for amodal segmentation.</param>
public sealed record OwnImage(RgbImage Image, RgbImage? Second = null, byte[]? VisibleMask = null);

/// <summary>A prediction at the size that the model works at.</summary>
/// <param name="Image">The image as the model saw it.</param>
/// <param name="Map">Depth [H, W] up to scale and shift, larger is farther; flow [2, H, W] in pixels of this size; the amodal picture [3, H, W] in [-1, 1].</param>
/// <param name="Macs">Of the network, all steps and members.</param>
/// <param name="Uncertainty">How far the members of an ensemble lie apart, in the units of the map and as large; null for one member.</param>
public sealed record OwnPrediction(PerceptionTask Task, RgbImage Image, float[] Map, float[]? Uncertainty, double Macs, double Seconds)
{
    /// <summary>Pixels of the whole object in an amodal picture.</summary>
    public bool[] Mask => ObjectOnWhite.Mask(TaskScore.Bytes(Map), GrayWeights.Swapped);
}

/// <summary>Predicts with a finished training on images that belong to no data set, prepared just as its training data was.</summary>
public static class PredictRun
{
    /// <summary>One prediction an image; the noise of image n is that of sample n of a data set.</summary>
    /// <exception cref="BadInputException">An image lacks what the task needs.</exception>
    public static IEnumerable<OwnPrediction> Of(
        Lab lab, TrainedRun run, TrainedTask task, IReadOnlyList<OwnImage> images, SamplerSpec sampler, int seed, Action<string> damaged)
    {
        set_num_threads(lab.Threads);
        var preparation = Preparation.For(task.Task, task.Data.Dataset.ImageSize);
        var codec = FitCodecStep.Load(lab.Steps.Open(task.Data.CodecStep.Hex), lab.Device);
        using var owned = codec as IDisposable;
        var decoder = new Decoder(codec, IngestStep.TargetScale(task.Data.Codec), task.Task, codec.Shape(preparation.Size, preparation.Size), preparation.FlowScale);
        using var scope = NewDisposeScope();
        var device = ComputeDevice.Of(lab.Device);
        var network = MeasuredBatch.Network(lab.Steps.Open(run.Step.Name.Hex), run.Model, device, damaged);
        var predictor = new Predictor(network, run.Model, task.Diffusion, task.Task, decoder, device);
        for (var n = 0; n < images.Count; n++)
        {
            var clock = Stopwatch.StartNew();
            var shown = preparation.Conditions(images[n].Image, images[n].Second, images[n].VisibleMask).Take(run.Model.ConditionImages).ToList();
            using var condition_NCHW = Encoded(codec, shown, preparation.Size);
            var members = EvaluationGrid.Doubles(predictor.Members(sampler, [n], condition_NCHW, seed).Select(member => member[0]));
            var map = EvaluationGrid.Reduced(members, sampler);
            var uncertainty = EvaluationGrid.Uncertainty(members, sampler).MatchUnsafe<float[]?>(spread => spread, () => null);
            var image = new RgbImage(preparation.Size, preparation.Size, TaskScore.Bytes(shown[0]));
            yield return new OwnPrediction(task.Task, image, map, uncertainty, sampler.Ensemble * sampler.NetworkPasses * Accounting.ForwardMacs(run.Model), clock.Elapsed.TotalSeconds);
        }
    }

    /// <summary>Through half precision, as the shards that the model was trained on.</summary>
    static Tensor Encoded(ILatentCodec codec, IReadOnlyList<float[]> conditions, int size)
    {
        var shape = codec.Shape(size, size);
        var latents = codec.Encode(ImageBatch.Of(conditions.Count, size, size, [.. conditions.SelectMany(planes => planes)]));
        return tensor(Array.ConvertAll(latents, value => (float)(Half)value), [1, conditions.Count * shape.Channels, shape.Height, shape.Width]);
    }
}
