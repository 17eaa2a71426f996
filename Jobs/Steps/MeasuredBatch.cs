using Flow.Domain.Models;
using Flow.Storage.Shards;
using Flow.Training.Models;
using LanguageExt;
using TorchSharp;
using static TorchSharp.torch;

namespace Flow.Jobs.Steps;

/// <summary>Samples of a held-out set as tensors; belongs to the dispose scope that made it.</summary>
sealed record MeasuredBatch(long[] Ids, long[] Labels, Tensor Target_NCHW, Tensor Condition_NCHW)
{
    /// <summary>Samples at once: large enough for whole matrix products, small enough for any memory.</summary>
    public const int Size = 64;

    /// <param name="shown">The label of every sample for fine-tuned models; none keeps the data's.</param>
    public static MeasuredBatch Of(ShardedData data, IReadOnlyList<LatentSample> samples, ModelSpec model, long? shown)
    {
        var target = model.ConditionImages > 0 ? BlobSpec.Target : BlobSpec.Latents;
        return new MeasuredBatch(
            [.. samples.Select(sample => sample.Id)],
            [.. samples.Select(sample => shown ?? sample.Label)],
            Stacked(data, samples, [target]),
            Stacked(data, samples, [.. BlobSpec.Conditions.Take(model.ConditionImages)]));
    }

    /// <summary>The trained network of a step, with its averaged weights, ready to predict.</summary>
    /// <param name="folder">The finished directory of the training.</param>
    /// <param name="damaged">Told of checkpoints that are passed over.</param>
    public static Denoiser Network(string folder, ModelSpec model, Device device, Action<string> damaged)
    {
        var network = Networks.Build(model, seed: 0);
        var state = Checkpoints.Latest(folder, damaged)
            .IfNone(() => throw new StepFailure($"the training has no checkpoint that is whole: delete {folder}, and it runs again"));
        Weights.Load(network, state.Ema).IfLeft(error => throw new StepFailure(error.Message));
        network.to(device);
        network.eval();
        return network;
    }

    static Tensor Stacked(ShardedData data, IReadOnlyList<LatentSample> samples, IReadOnlyList<string> blobs)
    {
        var shape = data.Shape(BlobSpec.Latents);
        var values = new float[samples.Count * blobs.Count * shape.Elements];
        for (var n = 0; n < samples.Count; n++)
            for (var b = 0; b < blobs.Count; b++)
                data.Latents(samples[n], blobs[b]).CopyTo(values, (n * blobs.Count + b) * shape.Elements);
        return tensor(values, [samples.Count, blobs.Count * shape.Channels, shape.Height, shape.Width]);
    }
}
