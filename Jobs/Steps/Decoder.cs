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
        var values = owned.to(ScalarType.Float32).cpu().contiguous().data<float>().ToArray();
        for (var i = 0; i < values.Length; i++) values[i] = (float)(values[i] * targetScale);
        var images = codec.Decode(values, count, latents);
        return [.. Enumerable.Range(0, count).Select(n => Scoring.Prediction(task, images.Image(n), flowScale))];
    }
}
