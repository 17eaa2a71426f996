using Flow.Domain.Random;
using Flow.Training.Diffusion;
using static TorchSharp.torch;

namespace Flow.Training.Metrics;

/// <summary>The variational bound on the negative log-likelihood of latents, in bits per dimension (Nichol and Dhariwal 2021, section 2.1).</summary>
public static class BitsPerDim
{
    /// <summary>One bound per sample: the prior, the decoder at step 0 and the sum of the steps between.</summary>
    /// <param name="model">(x_t [N,C,H,W], time [N]) -> raw output with variance logits, unless the process has a fixed variance.</param>
    /// <param name="steps">Steps evaluated beside step 0, stratified over 1..T-1 and weighted up; T-1 gives the exact sum.</param>
    public static double[] Of(DiffusionProcess process, Func<Tensor, Tensor, Tensor> model, Tensor x0, long[] sampleIds, int steps, int seed)
    {
        var others = process.Schedule.Count - 1;
        if (steps < 1 || steps > others) throw new ArgumentOutOfRangeException(nameof(steps), steps, $"steps must lie in 1..{others}");
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var last = StepCoefficients.Of(process, [others], (int)x0.dim(), x0.device);
        var bound = Values(VariationalBound.Prior(x0, last)).Zip(Term(process, model, x0, sampleIds, 0, seed), (a, b) => a + b).ToArray();
        for (var k = 0; k < steps; k++)
        {
            var step = 1 + (int)((k + 0.5) * others / steps);
            var term = Term(process, model, x0, sampleIds, step, seed);
            for (var i = 0; i < bound.Length; i++) bound[i] += term[i] * others / steps;
        }
        return bound;
    }

    static double[] Term(DiffusionProcess process, Func<Tensor, Tensor, Tensor> model, Tensor x0, long[] sampleIds, int step, int seed)
    {
        using var scope = NewDisposeScope();
        var c = StepCoefficients.Of(process, [.. sampleIds.Select(_ => step)], (int)x0.dim(), x0.device);
        var xt = Prediction.QSample(x0, SampleNoise.Of(x0, sampleIds, Purpose.HeldOut, step, seed), c);
        return Values(VariationalBound.Term(x0, xt, ReverseGaussian.Of(process, model(xt, c.Timestep).to(x0.dtype), xt, c), c));
    }

    static double[] Values(Tensor perSample) => [.. perSample.to(ScalarType.Float64).cpu().data<double>()];
}
