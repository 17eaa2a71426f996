using Flow.Domain.Diffusion;
using Flow.TestData;
using Flow.Training.Diffusion;
using Flow.Training.Sampling;
using LanguageExt;
using Xunit;
using static LanguageExt.Prelude;
using static TorchSharp.torch;

namespace Flow.Training.Tests.Diffusion;

public sealed class ReverseGaussianTests
{
    public static IEnumerable<object[]> QFiles => GoldenCases.Files("diffusion_q*.safetensors");

    public static IEnumerable<object[]> PCases =>
        from file in GoldenFile.Named("diffusion_p*.safetensors")
        from name in GoldenFile.Open(file).Names
        where name.EndsWith(".mean", StringComparison.Ordinal)
        select new object[] { file, name[..^".mean".Length] };

    [GoldenTheory]
    [MemberData(nameof(QFiles))]
    public void TheForwardProcess_IsTheReferences(string file)
    {
        using var scope = NewDisposeScope();
        var golden = GoldenFile.Open(file);
        var process = new DiffusionProcess(NoiseSchedule.Linear(1000), PredictionTarget.Eps, VarianceKind.LearnedRange, LossKind.Hybrid);
        var (x0, noise) = (golden.Tensor("x_start"), golden.Tensor("noise"));
        int[] t = [.. golden.Longs("t").Select(v => (int)v)];
        var c = StepCoefficients.Of(process, t, 4, CPU);
        var xt = Prediction.QSample(x0, noise, c);
        TensorAssert.Close(golden, "q_sample", xt, 1e-5, 1e-5);
        TensorAssert.Close(golden, "q_mean", c.SqrtAlphaBar * x0, 1e-5, 1e-5);
        TensorAssert.Close(golden, "q_variance", c.SqrtOneMinusAlphaBar.square().flatten(), 1e-6, 1e-6);
        TensorAssert.Close(golden, "q_log_variance", c.SqrtOneMinusAlphaBar.square().log().flatten(), 1e-5, 1e-5);
        TensorAssert.Close(golden, "post_mean", ReverseGaussian.PosteriorMean(x0, xt, c), 1e-5, 1e-5);
        TensorAssert.Close(golden, "post_log_variance_clipped", c.PosteriorLogVariance.flatten(), 1e-5, 1e-5);
        TensorAssert.Close(golden, "pred_xstart_from_eps", Prediction.X0(PredictionTarget.Eps, 0.9 * noise, xt, c), 0, 1e-5);
        var last = StepCoefficients.Of(process, [999], 4, CPU);
        TensorAssert.Close(golden, "prior_bpd", VariationalBound.Prior(x0, last), 1e-5, 1e-5);
        TensorAssert.Close(
            golden, "decoder_loglik", VariationalBound.DiscretisedLogLikelihood(x0, 0.9 * x0 + 0.01, full_like(x0, -3)), 1e-4, 1e-4);
    }

    [GoldenTheory]
    [MemberData(nameof(PCases))]
    public void OneStepOfSampling_IsTheReferences(string file, string name)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var golden = GoldenFile.Open(file);
        var parts = name.Split('.');
        var clip = parts[1] == "clip1" ? Some(1.0) : Option<double>.None;
        var (process, learned) = Process(parts[0]);
        var (x, noise) = (golden.Tensor("x"), golden.Tensor("noise"));
        int[] t = [.. golden.Longs($"{parts[0]}.t").Select(v => (int)v)];
        var c = StepCoefficients.Of(process, t, 4, CPU);
        var output = new FakeModel(learned).Predict(x, c.Timestep);
        var reverse = ReverseGaussian.Of(process, output, x, c, clip);
        // 1e-5 of the largest: without clipping x_0 is amplified up to 160 times at t = 999
        TensorAssert.Close(golden, $"{name}.mean", reverse.Mean, 1e-5, 1e-5);
        TensorAssert.Close(golden, $"{name}.log_variance", reverse.LogVariance, 1e-5, 1e-5);
        TensorAssert.Close(golden, $"{name}.pred_xstart", reverse.X0, 1e-5, 1e-5);
        foreach (var (field, spec) in Samplers(clip))
            TensorAssert.Close(golden, $"{name}.{field}", EachRow(process, spec, x, output, noise, t), 1e-5, 1e-5);
        var eps = Prediction.EpsOf(reverse.X0, x, c);
        var reversed = t.Select((step, row) => DenoisingStep.DdimReverse(reverse.X0[row], eps[row], process.Schedule.AlphaBarNext[step]));
        TensorAssert.Close(golden, $"{name}.ddim_reverse", stack(reversed), 1e-5, 1e-5);
    }

    static (string Field, SamplerSpec Spec)[] Samplers(Option<double> clip) =>
    [
        ("p_sample", new SamplerSpec(Sampler: SamplerKind.Ddpm, ClipX0: clip)),
        ("ddim_eta", new SamplerSpec(Eta: 0.5, ClipX0: clip)),
        ("ddim_eta0", new SamplerSpec(Eta: 0, ClipX0: clip)),
    ];

    /// <summary>A sampler takes the same step for every row, a golden case another one for each.</summary>
    static Tensor EachRow(DiffusionProcess process, SamplerSpec spec, Tensor x, Tensor output, Tensor noise, int[] t)
    {
        var sampler = new ReverseSampler(process, spec, Enumerable.Range(0, process.Schedule.Count), CPU);
        return cat(t.Select((step, row) =>
            sampler.Step(step, x.narrow(0, row, 1), output.narrow(0, row, 1), _ => noise.narrow(0, row, 1))).ToArray(), 0);
    }

    static (DiffusionProcess Process, bool Learned) Process(string name)
    {
        var words = name.Split('_');
        var schedule = NoiseSchedule.Linear(1000);
        if (words[0] == "spaced") schedule = schedule.Respace(NoiseScheduleTests.Parsed(words[1], 1000));
        var variance = words.Contains("fixedlarge") ? VarianceKind.FixedLarge : words.Contains("fixedsmall") ? VarianceKind.FixedSmall : VarianceKind.LearnedRange;
        return (new(schedule, words.Contains("x0") ? PredictionTarget.X0 : PredictionTarget.Eps, variance, LossKind.Hybrid), variance == VarianceKind.LearnedRange);
    }
}
