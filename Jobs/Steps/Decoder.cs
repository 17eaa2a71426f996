using Flow.Domain.Data;
using Flow.Domain.Runs;
using Flow.Training.Codecs;
using static TorchSharp.torch;

namespace Flow.Jobs.Steps;

/// <summary>From predicted latents to predictions in the task's own terms.</summary>
/// <param name="targetScale">What the latents of targets were divided by when they were encoded.</param>
/// <param name="latents">Shape of one predicted latent.</param>
/// <param name="flowScale">Pixels of flow that were drawn as 1.</param>
sealed class Decoder(ILatentCodec codec, double targetScale, PerceptionTask task, LatentShape latents, double flowScale)
{
    public LatentShape Latents => latents;

    /// <summary>One map a sample: depth [H, W] in units that alignment removes, flow [2, H, W] in pixels, the amodal picture [3, H, W].</summary>
    /// <param name="latents_NCHW">Disposed of here.</param>
    public float[][] Predictions(Tensor latents_NCHW, int count)
    {
        using var owned = latents_NCHW;
        var images = Targets(owned.to(ScalarType.Float32).cpu().contiguous().data<float>().ToArray(), count);
        return [.. Enumerable.Range(0, count).Select(n => Scoring.Prediction(task, images.Image(n), flowScale))];
    }

    /// <summary>A target as the codec shows it, [3, H, W]: the best that any network can predict.</summary>
    /// <param name="latents_CHW">As the shard holds them.</param>
    public float[] Target(float[] latents_CHW) => Targets(latents_CHW, 1).Image(0).ToArray();

    /// <summary>A photograph or a prompt as the codec shows it, [3, H, W].</summary>
    /// <param name="latents_CHW">As the shard holds them.</param>
    public float[] Image(float[] latents_CHW) => codec.Decode(latents_CHW, 1, latents).Image(0).ToArray();

    ImageBatch Targets(float[] values, int count) =>
        codec.Decode(Array.ConvertAll(values, value => (float)(value * targetScale)), count, latents);
}
