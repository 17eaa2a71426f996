using Flow.Domain.Diffusion;
using Flow.TestData;
using Flow.Training.Diffusion;
using Xunit;
using static TorchSharp.torch;

namespace Flow.Training.Tests.Diffusion;

public sealed class DiffusionLossTests
{
    public static IEnumerable<object[]> Variants =>
        from file in GoldenFile.Named("diffusion_losses*.safetensors")
        from name in GoldenFile.Open(file).Names
        where name.EndsWith(".loss", StringComparison.Ordinal)
        select new object[] { file, name[..^".loss".Length] };

    public static IEnumerable<object[]> FlowFiles => GoldenCases.Files("moe_rectified_flow*.safetensors");

    [GoldenTheory]
    [MemberData(nameof(Variants))]
    public void TrainingLosses_AndTheirGradients_AreTheReferences(string file, string variant)
    {
        using var scope = NewDisposeScope();
        var golden = GoldenFile.Open(file);
        var (process, learned) = Named(variant);
        var model = new FakeModel(learned);
        double[] times = [.. golden.Longs($"{variant}.t").Select(t => (double)t)];
        var terms = DiffusionLoss.Compute(process, model.Predict, golden.Tensor("x_start"), times, golden.Tensor("noise"));

        Assert.Equal(golden.Longs($"{variant}.model_t"), model.LastTimes);
        // 1e-4 relative, elementwise: the bound at step 0 and the rescaled bound are large numbers
        AssertEach(golden.Floats($"{variant}.loss"), terms.Total, 1e-4, "loss");
        if (golden.Has($"{variant}.mse")) AssertEach(golden.Floats($"{variant}.mse"), terms.Mse!, 1e-4, "mse");
        if (golden.Has($"{variant}.vb")) AssertEach(golden.Floats($"{variant}.vb"), terms.Vb! * VbWeight(process), 1e-4, "vb");
        terms.Total.mean().backward();
        AssertEach(golden.Floats($"{variant}.grad_abcd"), model.Scalars.grad!, 1e-3, "gradient");
    }

    [GoldenTheory]
    [MemberData(nameof(FlowFiles))]
    public void RectifiedFlow_HasDitMoesLoss(string file)
    {
        using var scope = NewDisposeScope();
        var golden = GoldenFile.Open(file);
        var model = new FakeFlow(golden);
        var times = golden.Floats("nt").Select(nt => 1 / (1 + Math.Exp(-nt))).ToArray();
        TensorAssert.Close(golden.Floats("t"), tensor(times), 1e-6, 0, "t");
        var process = DiffusionProcess.Of(new DiffusionSpec(Target: PredictionTarget.RectifiedFlow, Loss: LossKind.Mse), learnSigma: true);
        var terms = DiffusionLoss.Compute(process, (z, t) => model.Velocity(z, t, golden.Longs("cond")), golden.Tensor("x"), times, golden.Tensor("z1"));
        TensorAssert.Close(golden, "batchwise_loss", terms.Total, 1e-5, 1e-5);
        TensorAssert.Close(golden.Floats("loss"), terms.Total.mean(), 1e-5, 1e-5, "loss");
    }

    [Fact]
    public void TheBound_DoesNotMoveTheMean()
    {
        using var scope = NewDisposeScope();
        var process = DiffusionProcess.Of(new DiffusionSpec(), learnSigma: true);
        var model = new FakeModel(learned: true);
        var x0 = randn(4, 2, 3, 3);
        DiffusionLoss.Compute(process, model.Predict, x0, [0, 10, 500, 999], randn_like(x0)).Vb!.sum().backward();
        var gradient = model.Scalars.grad!.data<float>().ToArray();
        Assert.Equal((0f, 0f), (gradient[0], gradient[1]));
        Assert.NotEqual(0f, gradient[2]);
    }

    [Theory]
    [InlineData(PredictionTarget.Eps)]
    [InlineData(PredictionTarget.X0)]
    [InlineData(PredictionTarget.V)]
    public void ThePerfectPrediction_HasNoLossAndGivesBackX0AndEps(PredictionTarget target)
    {
        using var scope = NewDisposeScope();
        var process = DiffusionProcess.Of(new DiffusionSpec(Target: target, Loss: LossKind.Mse), learnSigma: false);
        var (x0, noise) = (randn(3, 2, 4, 4), randn(3, 2, 4, 4));
        int[] steps = [0, 300, 700];
        var c = StepCoefficients.Of(process, steps, 4, CPU);
        var truth = Prediction.Truth(target, x0, noise, c);
        var xt = Prediction.QSample(x0, noise, c);
        TensorAssert.Close(x0.data<float>().ToArray(), Prediction.X0(target, truth, xt, c), 1e-4, 0, "x0");
        TensorAssert.Close(noise.data<float>().ToArray(), Prediction.Eps(target, truth, xt, c), 1e-3, 0, "eps");
        var loss = DiffusionLoss.Compute(process, (_, _) => truth, x0, [.. steps.Select(s => (double)s)], noise);
        TensorAssert.Close(new float[3], loss.Total, 1e-9, 0, "loss");
    }

    [Fact]
    public void DrawnTimes_DependOnTheSampleAlone_AndCoverTheRange()
    {
        var process = DiffusionProcess.Of(new DiffusionSpec(), learnSigma: true);
        long[] ids = [.. Enumerable.Range(0, 4000).Select(i => (long)i)];
        var times = process.DrawTimes(seed: 1, new int[4000], ids);
        Assert.Equal(times[17], process.DrawTimes(seed: 1, [0], [17])[0]);
        Assert.InRange(times.Average(), 480, 520);
        Assert.All(times, t => Assert.True(t is >= 0 and <= 999 && t == Math.Floor(t)));
    }

    /// <summary>create_diffusion's arguments, as a golden variant's name spells them.</summary>
    internal static (DiffusionProcess Process, bool Learned) Named(string variant)
    {
        var words = variant.Split('_');
        var schedule = words.Contains("cos") ? NoiseSchedule.Cosine(1000) : NoiseSchedule.Linear(1000);
        var spaced = Array.IndexOf(words, "spaced");
        if (spaced >= 0) schedule = schedule.Respace(NoiseScheduleTests.Parsed(words[spaced + 1], 1000));
        var learned = words.Contains("learned") || spaced >= 0;
        var variance = learned ? VarianceKind.LearnedRange : words.Contains("fixedlarge") ? VarianceKind.FixedLarge : VarianceKind.FixedSmall;
        var loss = words.Contains("kl") ? LossKind.Bound : words.Contains("rescaled") ? LossKind.RescaledHybrid : LossKind.Hybrid;
        return (new(schedule, words.Contains("x0") ? PredictionTarget.X0 : PredictionTarget.Eps, variance, loss), learned);
    }

    static double VbWeight(DiffusionProcess process) => process.Loss == LossKind.RescaledHybrid ? process.Schedule.Count / 1000.0 : 1;

    static void AssertEach(float[] want, Tensor got, double relative, string what)
    {
        var values = got.data<float>().ToArray();
        for (var i = 0; i < want.Length; i++)
            Assert.True(Math.Abs(values[i] - want[i]) <= relative * Math.Abs(want[i]) + 1e-7, $"{what}[{i}]: {values[i]} instead of {want[i]}");
    }
}
