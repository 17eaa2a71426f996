using Flow.Domain;
using Flow.Domain.Diffusion;
using Flow.Domain.Models;
using Flow.Domain.Runs;
using Flow.Training.Loop;
using static TorchSharp.torch;

namespace Flow.Bench.Gpu;

/// <summary>Training steps per second on one CUDA device in bfloat16, fp32 weights kept, against PyTorch eager and compiled, in turns.</summary>
public static class GpuBench
{
    const int Rounds = 7, StepsPerRound = 5;

    // both programs keep their activations on the one device: a batch that leaves room on 80 GB
    static readonly (string Model, int Batch)[] Cases = [("a4", 32), ("DiT-XL/2", 32)];

    /// <exception cref="BadInputException">libtorch sees no CUDA device.</exception>
    public static IEnumerable<Ratio> Measure() => cuda.is_available()
        ? from one in Cases
          from mode in new[] { "eager", "compiled" }
          select Against(mode, Sizes.Find(one.Model).IfNone(() => throw new InvalidOperationException(one.Model)) with { LearnSigma = false }, one.Batch)
        : throw new BadInputException("no CUDA device: bench/gpu needs one, and a python3 whose torch is built for it");

    static Ratio Against(string mode, ModelSpec model, int batch)
    {
        var spec = new TrainSpec(1_000_000, batch, new DiffusionSpec(Loss: LossKind.Mse), new OptimSpec(), Precision: Precision.Bf16);
        using var session = new TrainingSession(new(model, spec, new TrainingStart.Fresh(), CUDA));
        using var peer = PyTorchDiT.Peer(mode, model, batch, "Gpu/pytorch_dit_gpu.py", "python3");
        var (ours, theirs) = Interleaved.InTurns(
            peer, StepsPerRound, Rounds, round => Train.TrainBench.Seconds(session, model, batch, StepsPerRound, round));
        return Interleaved.FromSeconds($"train {model.Name}, batch {batch}, against {mode}", "steps/s", StepsPerRound, ours, theirs);
    }
}
