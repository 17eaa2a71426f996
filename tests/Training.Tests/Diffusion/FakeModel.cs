using static TorchSharp.torch;

namespace Flow.Training.Tests.Diffusion;

/// <summary>The model of the golden README's section 2: eps = a x + b t/1000, and variance logits v = c x + d t/1000.</summary>
sealed class FakeModel(bool learned)
{
    public Tensor Scalars { get; } = tensor(new[] { 0.6f, -0.3f, 0.4f, 0.5f }, requires_grad: true);

    public long[] LastTimes { get; private set; } = [];

    public Tensor Predict(Tensor x, Tensor t)
    {
        LastTimes = [.. t.data<float>().ToArray().Select(v => (long)v)];
        var time = t.view([-1, .. Enumerable.Repeat(1L, (int)x.dim() - 1)]) / 1000;
        var eps = Scalars[0] * x + Scalars[1] * time;
        return learned ? cat([eps, Scalars[2] * x + Scalars[3] * time], 1) : eps;
    }
}
