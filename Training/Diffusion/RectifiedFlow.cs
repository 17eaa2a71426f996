using static TorchSharp.torch;

namespace Flow.Training.Diffusion;

/// <summary>
/// Rectified flow in DiT-MoE's convention: z_t = (1 - t) x + t z_1 from data (t = 0) to noise (t = 1); the network is told t itself, not
/// 1000 t, and predicts the velocity z_1 - x (Liu et al. 2023). A second half of output channels is ignored.
/// </summary>
public static class RectifiedFlow
{
    public static LossTerms Loss(Func<Tensor, Tensor, Tensor> model, Tensor x, double[] times, Tensor z1)
    {
        var t = tensor(times.Select(time => (float)time).ToArray()).to(x.device);
        var broadcast = t.view([times.Length, .. Enumerable.Repeat(1L, (int)x.dim() - 1)]);
        var zt = (1 - broadcast) * x + broadcast * z1;
        var (velocity, _) = ReverseGaussian.Split(model(zt, t).to(x.dtype), x);
        var mse = VariationalBound.PerSample((z1 - x - velocity).square());
        return new(mse, mse, null);
    }
}
