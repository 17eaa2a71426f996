using Flow.Domain.Diffusion;
using Flow.Domain.Models;
using Flow.Domain.Runs;
using Flow.Training.Diffusion;
using Flow.Training.Sampling;
using static TorchSharp.torch;

namespace Flow.Jobs.Steps;

/// <summary>A trained network on its device, with the codec of its data: from conditions to predictions of a task.</summary>
sealed class Predictor(Training.Models.Denoiser network, ModelSpec model, DiffusionSpec diffusion, PerceptionTask task, Decoder decoder, Device device)
{
    /// <summary>[member][sample]: predictions in the task's terms, all members that the sampler asks for.</summary>
    public float[][][] Members(SamplerSpec sampler, long[] ids, Tensor condition_NCHW, int seed)
    {
        using var scope = NewDisposeScope();
        var process = DiffusionProcess.Of(diffusion, model.LearnSigma);
        var request = new SamplingBatch(
            decoder.Latents, ids, Array.ConvertAll(ids, _ => TaskLabels.Shown(model, task)), model.LabelRows - 1, condition_NCHW.to(device), seed);
        return [.. Enumerable.Range(0, sampler.Ensemble).Select(member => decoder.Predictions(
            Sampler.Predict((x, t, y) => network.forward(x, t, y), process, sampler, request, member, device), ids.Length))];
    }
}
