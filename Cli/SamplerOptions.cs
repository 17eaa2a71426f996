using System.CommandLine;
using Flow.Domain;
using Flow.Domain.Diffusion;
using Flow.Domain.Runs;

namespace Flow.Cli;

/// <summary>The options of every verb that predicts with a trained model.</summary>
public static class SamplerOptions
{
    public static readonly Argument<string> Run = new("run") { Description = "A finished training: STUDY:RUN, or the first digits of its step's name" };
    public static readonly Option<PerceptionTask?> Task = new("--task") { Description = "Depth, Flow or Amodal (default: the one that it was trained for)" };
    public static readonly Option<TimestepSpacing> Schedule = new("--schedule") { Description = "Where the re-spaced timesteps lie: Trailing, Leading or Linspace", DefaultValueFactory = _ => TimestepSpacing.Trailing };
    public static readonly Option<EnsembleReduction> Reduction = new("--reduction") { Description = "How an ensemble becomes one prediction: Mean, Median or AlignedMedian", DefaultValueFactory = _ => EnsembleReduction.Mean };
    public static readonly Option<double> Eta = new("--eta") { Description = "0 is deterministic DDIM, 1 is ancestral", DefaultValueFactory = _ => 0 };
    public static readonly Option<int> Seed = new("--seed") { Description = "Of the noise", DefaultValueFactory = _ => 0 };

    /// <summary>A sampler of the verb's options.</summary>
    /// <exception cref="BadInputException">A number is out of its range.</exception>
    public static SamplerSpec Of(Call call, int steps, int ensemble, int timesteps)
    {
        if (steps < 1 || steps > timesteps) throw new BadInputException($"--steps: {steps} is not between 1 and {timesteps}, the timesteps that the model was trained on");
        if (ensemble is < 1 or > 1000) throw new BadInputException($"--ensemble: {ensemble} is not between 1 and 1000");
        if (call.Get(Eta) is not (>= 0 and <= 1)) throw new BadInputException(FormattableString.Invariant($"--eta: {call.Get(Eta)} is not between 0 and 1"));
        return new SamplerSpec(steps, ensemble, call.Get(Eta), call.Get(Schedule), call.Get(Reduction));
    }
}
