using Flow.Domain.Diffusion;
using Flow.Training.Diffusion;
using Flow.Training.Metrics;
using Xunit;
using static TorchSharp.torch;

namespace Flow.Training.Tests.Metrics;

public sealed class HeldOutLossTests
{
    [Fact]
    public void TheTriples_DependOnTheSample_NotOnTheBatch()
    {
        using var scope = NewDisposeScope();
        var process = DiffusionProcess.Of(new DiffusionSpec(), learnSigma: true);
        var x0 = randn(4, 2, 3, 3);
        var whole = HeldOutLoss.Of(process, Half, x0, [7, 8, 9, 10], first: 0, draws: 3, seed: 1);
        var part = HeldOutLoss.Of(process, Half, x0.narrow(0, 2, 2), [9, 10], first: 2, draws: 3, seed: 1);
        foreach (var term in part)
            Assert.Contains(whole, other => other.SampleId == term.SampleId && other.Time == term.Time && Math.Abs(other.Mse - term.Mse) < 1e-6);
        Assert.Equal(12, whole.Count);
    }

    [Fact]
    public void Times_AreSpreadEvenly()
    {
        using var scope = NewDisposeScope();
        var process = DiffusionProcess.Of(new DiffusionSpec(Loss: LossKind.Mse), learnSigma: false);
        var terms = HeldOutLoss.Of(process, (x, _) => x, randn(100, 1, 1, 1), [.. Enumerable.Range(0, 100).Select(i => (long)i)], 0, 4, 1);
        var counts = terms.CountBy(term => (int)term.Time / 100).ToDictionary();
        Assert.All(Enumerable.Range(0, 10), bucket => Assert.InRange(counts[bucket], 36, 44));
        Assert.InRange(HeldOutLoss.ByBucket(terms, 1000, 4)[3].Average(term => term.Time), 860, 890);
        Assert.Equal(100, HeldOutLoss.PerSample(terms, term => term.Mse).Length);
    }

    [Fact]
    public void TheEpsLoss_IsTheSame_HoweverTheNetworkSpeaks()
    {
        using var scope = NewDisposeScope();
        var x0 = randn(3, 2, 4, 4);
        double[] EpsLoss(PredictionTarget target)
        {
            var process = DiffusionProcess.Of(new DiffusionSpec(Target: target, Loss: LossKind.Mse), learnSigma: false);
            // one and the same belief about eps, told in three languages
            Tensor Speak(Tensor xt, Tensor t)
            {
                var c = StepCoefficients.Of(process, [.. t.data<float>().ToArray().Select(v => (int)v)], 4, CPU);
                var eps = 0.7 * xt;
                return Prediction.Truth(target, Prediction.X0(PredictionTarget.Eps, eps, xt, c), eps, c);
            }
            return [.. HeldOutLoss.Of(process, Speak, x0, [1, 2, 3], 0, 2, 5).Select(term => term.EpsMse)];
        }
        var eps = EpsLoss(PredictionTarget.Eps);
        foreach (var target in new[] { PredictionTarget.V, PredictionTarget.X0 })
            Assert.All(EpsLoss(target).Zip(eps), pair => Assert.InRange(pair.Item1 / pair.Item2, 0.999, 1.001));
    }

    /// <summary>Normal data of variance 0.09: the best eps is linear in x_t, and any other costs bits.</summary>
    [Fact]
    public void TheBoundOfTheTrueModel_IsLowest_AndItsEstimateIsCloseToTheSum()
    {
        using var scope = NewDisposeScope();
        var process = new DiffusionProcess(NoiseSchedule.Linear(200), PredictionTarget.Eps, VarianceKind.FixedSmall, LossKind.Hybrid);
        Tensor True(Tensor xt, Tensor t)
        {
            var c = StepCoefficients.Of(process, [.. t.data<float>().ToArray().Select(v => (int)v)], 4, CPU);
            // E[eps | x_t] for x_0 ~ N(0, 0.09): x_t has variance 0.09 alphaBar + 1 - alphaBar
            return c.SqrtOneMinusAlphaBar * xt / (0.09 * c.SqrtAlphaBar.square() + c.SqrtOneMinusAlphaBar.square());
        }
        var x0 = 0.3 * randn(8, 4, 8, 8);
        long[] ids = [.. Enumerable.Range(0, 8).Select(i => (long)i)];
        var exact = BitsPerDim.Of(process, True, x0, ids, steps: 199, seed: 1).Average();
        var estimate = BitsPerDim.Of(process, True, x0, ids, steps: 66, seed: 1).Average();
        Assert.InRange(estimate / exact, 0.93, 1.07);
        foreach (var factor in new[] { 0.9, 1.1 })
        {
            var wrong = BitsPerDim.Of(process, (xt, t) => factor * True(xt, t), x0, ids, steps: 199, seed: 1).Average();
            Assert.True(wrong > exact, $"{wrong} bits for a wrong model, {exact} for the true one");
        }
    }

    static Tensor Half(Tensor x, Tensor t) => cat([0.5 * x, zeros_like(x)], 1);
}
