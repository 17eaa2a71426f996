using Flow.Domain.Data;
using Flow.Domain.Diffusion;
using Flow.TestData;
using Flow.Training.Diffusion;
using Flow.Training.Sampling;
using Flow.Training.Tests.Diffusion;
using LanguageExt;
using Xunit;
using static LanguageExt.Prelude;
using static TorchSharp.torch;

namespace Flow.Training.Tests.Sampling;

public sealed class SamplerTests
{
    static readonly LatentShape Latents = new(4, 3, 3);

    public static IEnumerable<object[]> LoopCases =>
        from file in GoldenFile.Named("diffusion_loops*.safetensors")
        from name in GoldenFile.Open(file).Names
        where name.Contains(".clip", StringComparison.Ordinal)
        select new object[] { file, name };

    public static IEnumerable<object[]> FlowFiles => GoldenCases.Files("moe_rectified_flow*.safetensors");

    [GoldenTheory]
    [MemberData(nameof(LoopCases))]
    public void Loops_AreTheReferences_StateByState(string file, string name)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var golden = GoldenFile.Open(file);
        var spec = new SamplerSpec(
            Eta: name.StartsWith("ddim_eta.", StringComparison.Ordinal) ? 0.5 : 0,
            Sampler: name.StartsWith("ddpm", StringComparison.Ordinal) ? SamplerKind.Ddpm : SamplerKind.Ddim,
            ClipX0: name.EndsWith('1') ? Some(1.0) : None);
        int[] kept = [.. golden.Longs("timestep_map").Select(t => (int)t)];
        var process = new DiffusionProcess(NoiseSchedule.Linear(1000), PredictionTarget.Eps, VarianceKind.LearnedRange, LossKind.Hybrid);
        var sampler = new ReverseSampler(process, spec, kept, CPU);
        Tensor Noise(int step) => golden.Tensor("step_noise")[kept.Length - 1 - step];
        var states = new List<Tensor>();
        Tensor Watched(Tensor x, Tensor t)
        {
            states.Add(x.clone().MoveToOuterDisposeScope());
            return new FakeModel(learned: true).Predict(x, t);
        }
        states.Add(sampler.Run(Watched, golden.Tensor("start_noise"), Noise));
        // 1e-4 of the largest: ten steps of fp32
        TensorAssert.Close(golden, name, stack(states.Skip(1)), 0, 1e-4);
    }

    [GoldenFact]
    public void FiftyStepsOfDdim_EndWhereTheReferenceEnds()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        foreach (var golden in GoldenFile.Named("diffusion_loops*.safetensors").Select(GoldenFile.Open))
        {
            var process = new DiffusionProcess(NoiseSchedule.Linear(1000), PredictionTarget.Eps, VarianceKind.LearnedRange, LossKind.Hybrid);
            var sampler = new ReverseSampler(process, new SamplerSpec(), NoiseScheduleTests.Parsed("ddim50", 1000), CPU);
            var final = sampler.Run(new FakeModel(learned: true).Predict, golden.Tensor("start_noise"), _ => throw new InvalidOperationException("eta 0 draws nothing"));
            TensorAssert.Close(golden, "ddim_long.final", final, 0, 1e-4);
        }
    }

    [GoldenTheory]
    [MemberData(nameof(FlowFiles))]
    public void EulersMethod_IsDitMoes_WithAndWithoutGuidance(string file)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var golden = GoldenFile.Open(file);
        var (model, spec) = (new FakeFlow(golden), new SamplerSpec(Steps: int.Parse(golden.Metadata["sample_steps"]), Sampler: SamplerKind.Euler));
        Tensor Plain(Tensor z, Tensor t) => model.Velocity(z, t, golden.Longs("cond"));
        Tensor Guided(Tensor z, Tensor t) =>
            Guidance.Combine(Plain(z, t), model.Velocity(z, t, golden.Longs("null_cond")), 2, z.shape[1]);
        foreach (var (name, velocity) in new (string, Func<Tensor, Tensor, Tensor>)[] { ("sample_nocfg", Plain), ("sample_cfg2", Guided) })
        {
            var states = new List<Tensor> { golden.Tensor("x") };
            for (var i = spec.Steps; i > 0; i--) states.Add(FlowSampler.Step(velocity, spec, states[^1], i));
            TensorAssert.Close(golden, name, stack(states), 1e-5, 1e-5);
            TensorAssert.Close(golden.Floats(name)[^(int)states[0].numel()..], FlowSampler.Run(velocity, spec, golden.Tensor("x")), 1e-5, 1e-5, name);
        }
    }

    [Theory]
    [InlineData(SamplerKind.Euler, 1)]
    [InlineData(SamplerKind.Heun, 2)]
    public void AFlowSolver_HasItsOrder(SamplerKind kind, int order)
    {
        using var noGrad = no_grad();
        // dz/dt = z from t = 1 to 0 ends at z(1) / e
        double Error(int steps)
        {
            using var scope = NewDisposeScope();
            var end = FlowSampler.Run((z, _) => z, new SamplerSpec(Steps: steps, Sampler: kind), ones([1, 1, 1, 1], ScalarType.Float64));
            return Math.Abs(end.item<double>() - Math.Exp(-1));
        }
        // Heun's last step is Euler's: it costs one local error of second order, which has the global order of Heun
        Assert.InRange(Math.Log2(Error(40) / Error(80)), order - 0.1, order + 0.1);
    }

    [Theory]
    [InlineData(PredictionTarget.Eps)]
    [InlineData(PredictionTarget.X0)]
    [InlineData(PredictionTarget.V)]
    public void APerfectNetwork_GivesX0InOneTrailingStep(PredictionTarget target)
    {
        using var scope = NewDisposeScope();
        var process = DiffusionProcess.Of(new DiffusionSpec(Target: target, Loss: LossKind.Mse), learnSigma: false);
        var x0 = randn(2, 4, 3, 3);
        var c = StepCoefficients.Of(process, [999], 4, CPU);
        Tensor Oracle(Tensor x, Tensor t, Tensor y) => Prediction.Truth(target, x0, Prediction.EpsOf(x0, x, c), c);
        var latents = Sampler.Predict(Oracle, process, new SamplerSpec(Steps: 1), Batch([1, 2]), member: 0, CPU);
        // eps-prediction divides by sqrt(alphaBar_999) = 0.0064
        TensorAssert.Close(x0.data<float>().ToArray(), latents, 1e-3, 0, "x0");
    }

    [Theory]
    [InlineData(SamplerKind.Ddim, 0.0)]
    [InlineData(SamplerKind.Ddim, 1.0)]
    [InlineData(SamplerKind.Ddpm, 0.0)]
    public void ASamplesPrediction_IsTheSameInAnyBatch(SamplerKind kind, double eta)
    {
        using var scope = NewDisposeScope();
        var process = DiffusionProcess.Of(new DiffusionSpec(Target: PredictionTarget.V, Loss: LossKind.Mse), learnSigma: false);
        var spec = new SamplerSpec(Steps: 7, Eta: eta, Sampler: kind);
        var together = Sampler.Predict(Affine, process, spec, Batch([5, 9, 2]), member: 1, CPU);
        var alone = Sampler.Predict(Affine, process, spec, Batch([9]), member: 1, CPU);
        Assert.Equal(together[1].data<float>().ToArray(), alone[0].data<float>().ToArray());
        var other = Sampler.Predict(Affine, process, spec, Batch([9]), member: 2, CPU);
        Assert.NotEqual(alone.data<float>().ToArray(), other.data<float>().ToArray());
    }

    [Fact]
    public void EtaOne_IsAncestralSamplingWithTheSmallVariance()
    {
        using var scope = NewDisposeScope();
        var process = new DiffusionProcess(NoiseSchedule.Linear(1000), PredictionTarget.Eps, VarianceKind.FixedSmall, LossKind.Mse);
        var ddim = Sampler.Predict(Affine, process, new SamplerSpec(Steps: 10, Eta: 1), Batch([4]), 0, CPU);
        var ddpm = Sampler.Predict(Affine, process, new SamplerSpec(Steps: 10, Sampler: SamplerKind.Ddpm), Batch([4]), 0, CPU);
        TensorAssert.Close(ddim.data<float>().ToArray(), ddpm, 0, 1e-4, "latents");
    }

    [Fact]
    public void GuidanceOfOne_IsTheConditionalPrediction_AndPublishedGuidanceSparesTheFourthChannel()
    {
        using var scope = NewDisposeScope();
        var process = DiffusionProcess.Of(new DiffusionSpec(), learnSigma: true);
        Tensor ByLabel(Tensor x, Tensor t, Tensor y) =>
            cat([0.1 * y.to(ScalarType.Float32).view(-1, 1, 1, 1) * ones_like(x), zeros_like(x)], 1);
        Tensor At(double guidance, bool all) => Sampler.Predict(
            ByLabel, process, new SamplerSpec(Steps: 1, Guidance: guidance, GuideAllChannels: all), Batch([1]) with { Labels = [3], NullLabel = 5 }, 0, CPU);
        var plain = At(1, false);
        var published = At(4, false);
        var all = At(4, true);
        Assert.NotEqual(Channel(plain, 0), Channel(published, 0));
        Assert.Equal(Channel(plain, 3), Channel(published, 3));
        Assert.NotEqual(Channel(plain, 3), Channel(all, 3));
    }

    [Fact]
    public void TheCondition_GoesInFrontOfTheNoisyLatents()
    {
        using var scope = NewDisposeScope();
        var process = DiffusionProcess.Of(new DiffusionSpec(Target: PredictionTarget.X0, Loss: LossKind.Mse), learnSigma: false);
        var condition = randn(1, 4, 3, 3);
        Tensor Copy(Tensor x, Tensor t, Tensor y) => x.narrow(1, 0, 4);
        var latents = Sampler.Predict(Copy, process, new SamplerSpec(Steps: 3), Batch([1]) with { Condition = condition }, 0, CPU);
        TensorAssert.Close(condition.data<float>().ToArray(), latents, 1e-6, 0, "latents");
    }

    [Fact]
    public void TheWrongSamplerForTheObjective_IsRefused()
    {
        var flow = DiffusionProcess.Of(new DiffusionSpec(Target: PredictionTarget.RectifiedFlow, Loss: LossKind.Mse), learnSigma: false);
        var scheduled = DiffusionProcess.Of(new DiffusionSpec(), learnSigma: false);
        Assert.Throws<ArgumentException>(() => Sampler.Predict(Affine, flow, new SamplerSpec(Sampler: SamplerKind.Ddpm), Batch([1]), 0, CPU));
        Assert.Throws<ArgumentException>(() => Sampler.Predict(Affine, scheduled, new SamplerSpec(Sampler: SamplerKind.Heun), Batch([1]), 0, CPU));
    }

    static SamplingBatch Batch(long[] ids) => new(Latents, ids, new long[ids.Length], Seed: 3);

    static Tensor Affine(Tensor x, Tensor t, Tensor y) => 0.3 * x + 0.1 * (t / 1000).view(-1, 1, 1, 1);

    static float[] Channel(Tensor latents, int channel) => latents.select(1, channel).contiguous().data<float>().ToArray();
}
