using Flow.Domain.Models;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Flow.Training.Models;

/// <summary>
/// What a diffusion process trains and samples from: noisy latents, a timestep and a condition in, a prediction for every latent pixel out.
/// It draws no random numbers, so that a resumed run repeats exactly.
/// </summary>
public abstract class Denoiser(string name, ModelSpec spec) : Module<Tensor, Tensor, Tensor, Tensor>(name)
{
    public ModelSpec Spec { get; } = spec;

    /// <summary>
    /// x_NCHW (with the condition's channels first, the noisy target's last), t_N, and the condition (labels or captions) ->
    /// [N, OutputChannels, H, W]: the prediction, then the variance logits if sigma is learned.
    /// </summary>
    public override Tensor forward(Tensor x_NCHW, Tensor t_N, Tensor condition) => forward(x_NCHW, t_N, condition, null);

    /// <summary>
    /// As <see cref="forward(Tensor, Tensor, Tensor)"/>; each mixture of experts adds how it routed its tokens to <paramref name="routings"/>.
    /// </summary>
    public abstract Tensor forward(Tensor x_NCHW, Tensor t_N, Tensor condition, List<Routing>? routings);

    /// <summary>
    /// Classifier-free guidance over a doubled batch [conditional, unconditional] that shares the first half of x. The reference guides only
    /// the first three channels; give <see cref="ModelSpec.LatentChannels"/> to guide all. The others keep their own half's value.
    /// </summary>
    public Tensor forward_with_cfg(Tensor x_NCHW, Tensor t_N, Tensor condition, double scale, int guidedChannels = 3)
    {
        var half = x_NCHW.narrow(0, 0, x_NCHW.shape[0] / 2);
        var output = forward(cat([half, half], 0), t_N, condition);
        var pair = output.narrow(1, 0, guidedChannels).chunk(2, 0);
        var (conditional, unconditional) = (pair[0], pair[1]);
        var guided = unconditional + scale * (conditional - unconditional);
        var unguided = output.narrow(1, guidedChannels, output.shape[1] - guidedChannels);
        return cat([cat([guided, guided], 0), unguided], 1);
    }
}
