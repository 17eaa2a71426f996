using Flow.Domain.Diffusion;
using Flow.TestData;
using Flow.Training.Diffusion;
using Flow.Training.Sampling;
using Flow.Training.Tests.Diffusion;
using Xunit;
using static TorchSharp.torch;

namespace Flow.Training.Tests.Sampling;

/// <summary>Diffusers' DDIMScheduler, whose step is ours with its own choice of the step before and of the noise beside a clipped x_0.</summary>
public sealed class DiffusersStepTests
{
    public static IEnumerable<object[]> StepFiles => GoldenCases.Files("ddim_step*.safetensors");

    public static IEnumerable<object[]> LoopFiles => GoldenCases.Files("ddim_loop*.safetensors");

    [GoldenTheory]
    [MemberData(nameof(StepFiles))]
    public void OneStep_IsDiffusers(string file)
    {
        using var scope = NewDisposeScope();
        var golden = GoldenFile.Open(file);
        var (steps, eta) = (int.Parse(golden.Metadata["num_inference_steps"]), double.Parse(golden.Metadata["eta"]));
        var schedules = NoiseScheduleTests.DiffusersSchedules(golden).ToDictionary(s => s.Name, s => InFp32(s.Schedule));
        var (sample, output, noise) = (golden.Tensor("sample"), golden.Tensor("model_output"), golden.Tensor("variance_noise"));
        foreach (var name in golden.Names.Where(n => n.EndsWith(".prev", StringComparison.Ordinal)).Select(n => n[..^".prev".Length]))
        {
            var parts = name.Split('.');
            var (schedule, t) = (schedules[parts[0]], int.Parse(parts[5][1..]));
            var process = new DiffusionProcess(schedule, Target(parts[2]), VarianceKind.FixedSmall, LossKind.Mse);
            var c = StepCoefficients.Of(process, [t], 4, CPU);
            var (clip, before) = (parts[4] == "clip1", t - schedule.Count / steps);
            var prev = before >= 0 ? schedule.AlphaBar[before] : parts[3] == "one1" ? 1 : schedule.AlphaBar[0];
            var x0 = Prediction.X0(process.Target, output, sample, c);
            if (clip) x0 = x0.clamp(-1, 1);
            var eps = Prediction.Eps(process.Target, output, sample, c);
            void Check(string field, Tensor got)
            {
                if (golden.Has($"{name}.{field}")) TensorAssert.Close(golden, $"{name}.{field}", got, 1e-5, 2e-5);
            }
            Check("x0", x0);
            Check("prev", DenoisingStep.Ddim(x0, eps, schedule.AlphaBar[t], prev, 0, null));
            Check("prev_eta", DenoisingStep.Ddim(x0, eps, schedule.AlphaBar[t], prev, eta, noise));
            Check("prev_eta_clippedout", DenoisingStep.Ddim(x0, Prediction.EpsOf(x0, sample, c), schedule.AlphaBar[t], prev, eta, noise));
        }
    }

    [GoldenTheory]
    [MemberData(nameof(StepFiles))]
    public void NoisingAndVelocity_AreDiffusers(string file)
    {
        using var scope = NewDisposeScope();
        var golden = GoldenFile.Open(file);
        var schedule = NoiseScheduleTests.DiffusersSchedules(golden).First().Schedule;
        var process = new DiffusionProcess(schedule, PredictionTarget.V, VarianceKind.FixedSmall, LossKind.Mse);
        var c = StepCoefficients.Of(process, [.. golden.Longs("add_noise.timesteps").Select(t => (int)t)], 4, CPU);
        var (sample, noise) = (golden.Tensor("sample"), golden.Tensor("variance_noise"));
        TensorAssert.Close(golden, "add_noise.out", Prediction.QSample(sample, noise, c), 1e-5, 2e-5);
        TensorAssert.Close(golden, "get_velocity.out", Prediction.Truth(PredictionTarget.V, sample, noise, c), 1e-5, 2e-5);
    }

    [GoldenTheory]
    [MemberData(nameof(LoopFiles))]
    public void TheLoopOfMarigold_StateByState(string file)
    {
        using var scope = NewDisposeScope();
        var golden = GoldenFile.Open(file);
        var steps = int.Parse(golden.Metadata["num_inference_steps"]);
        var schedule = NoiseSchedule.ScaledLinear(1000).WithZeroTerminalSnr();
        var process = new DiffusionProcess(schedule, PredictionTarget.V, VarianceKind.FixedSmall, LossKind.Mse);
        var kept = Respacing.Spaced(TimestepSpacing.Trailing, 1000, steps);
        Assert.Equal(golden.Longs("timesteps"), kept.Select(t => (long)t));
        var z = golden.Tensor("start");
        var states = new List<Tensor>();
        for (var k = 0; k < steps; k++)
        {
            var c = StepCoefficients.Of(process, [kept[k]], 4, CPU);
            var v = 0.3 * z - 0.5 * (kept[k] / 1000.0);
            // set_alpha_to_one False: the last step ends at alphaBar_0, not at clean data
            var prev = k + 1 < steps ? schedule.AlphaBar[kept[k + 1]] : schedule.AlphaBar[0];
            z = DenoisingStep.Ddim(
                Prediction.X0(PredictionTarget.V, v, z, c), Prediction.Eps(PredictionTarget.V, v, z, c), schedule.AlphaBar[kept[k]], prev, 0, null);
            states.Add(z);
        }
        TensorAssert.Close(golden, "trajectory", stack(states), 1e-5, 1e-5);
    }

    /// <summary>The reference's own arithmetic: alphas multiplied one after the other in fp32. Near t = 0 its 1 - alphaBar differs by 1e-4.</summary>
    static NoiseSchedule InFp32(NoiseSchedule schedule)
    {
        var (product, last) = (1f, 1.0);
        var betas = new List<double>();
        foreach (var beta in schedule.Beta)
        {
            product *= 1 - (float)beta;
            betas.Add(1 - product / last);
            last = product;
        }
        return NoiseSchedule.FromBetas(betas);
    }

    static PredictionTarget Target(string predictionType) => predictionType switch
    {
        "epsilon" => PredictionTarget.Eps,
        "sample" => PredictionTarget.X0,
        "v_prediction" => PredictionTarget.V,
        _ => throw new InvalidDataException($"unknown prediction_type {predictionType}"),
    };
}
