using Flow.Domain.Diffusion;
using Flow.Training.Diffusion;
using static TorchSharp.torch;

namespace Flow.Training.Sampling;

/// <summary>Solvers of dz/dt = v(z, t) from noise at t = 1 to data at t = 0 in N equal steps.</summary>
public static class FlowSampler
{
    /// <summary>
    /// Euler, as DiT-MoE samples, or Heun's second order: the mean of the velocities at both ends of a step, except the last, which is
    /// Euler's because no network is trained at t = 0 (Karras et al. 2022, algorithm 1).
    /// </summary>
    /// <param name="model">(z, time [1]) -> velocity, behind which a second half of channels is ignored.</param>
    public static Tensor Run(Func<Tensor, Tensor, Tensor> model, SamplerSpec spec, Tensor start)
    {
        var z = start;
        for (var i = spec.Steps; i > 0; i--)
        {
            using var scope = NewDisposeScope();
            var before = z;
            z = Step(model, spec, z, i).MoveToOuterDisposeScope();
            before.Dispose();
        }
        return z;
    }

    /// <summary>The step from t = i/N to (i-1)/N.</summary>
    public static Tensor Step(Func<Tensor, Tensor, Tensor> model, SamplerSpec spec, Tensor z, int i)
    {
        if (spec.Sampler == SamplerKind.Ddpm)
            throw new ArgumentException("a rectified flow has no variance to sample from; use Euler or Heun", nameof(spec));
        var step = 1.0 / spec.Steps;
        var velocity = Velocity(model, z, i * step);
        var euler = z - step * velocity;
        return spec.Sampler == SamplerKind.Heun && i > 1
            ? z - 0.5 * step * (velocity + Velocity(model, euler, (i - 1) * step))
            : euler;
    }

    static Tensor Velocity(Func<Tensor, Tensor, Tensor> model, Tensor z, double t) =>
        ReverseGaussian.Split(model(z, tensor(new[] { (float)t }).to(z.device)).to(z.dtype), z).Prediction;
}
