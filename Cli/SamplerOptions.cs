using System.CommandLine;
using System.Globalization;
using Flow.Domain;
using Flow.Domain.Diffusion;
using Flow.Domain.Runs;
using Flow.Domain.Text;
using Flow.Jobs;
using static LanguageExt.Prelude;

namespace Flow.Cli;

/// <summary>The options of every verb that predicts with a trained model. Lists are written with commas.</summary>
public static class SamplerOptions
{
    public static readonly Argument<string> Run = new("run") { Description = "A finished training: STUDY:RUN, or the first digits of its step's name" };
    public static readonly Option<PerceptionTask?> Task = new("--task") { Description = "Depth, Flow or Amodal (default: the one that it was trained for)" };
    public static readonly Option<string?> Schedule = new("--schedule") { Description = "Noise levels that are visited: linear, scaled-linear or cosine (default: the training's own)" };
    public static readonly Option<TimestepSpacing> Spacing = new("--spacing") { Description = "Where the re-spaced timesteps lie: Trailing, Leading or Linspace", DefaultValueFactory = _ => TimestepSpacing.Trailing };
    public static readonly Option<string> Reduction = new("--reduction") { Description = $"How an ensemble becomes one prediction: {Known<EnsembleReduction>()}", DefaultValueFactory = _ => "mean" };
    public static readonly Option<double> Eta = new("--eta") { Description = "0 is deterministic DDIM, 1 is ancestral", DefaultValueFactory = _ => 0 };
    public static readonly Option<int> Seed = new("--seed") { Description = "Of the noise", DefaultValueFactory = _ => 0 };

    /// <summary>Every combination of the verb's options, checked against what the model was trained with.</summary>
    /// <exception cref="BadInputException">A number is out of its range, a name is not known, or the task has no such reduction.</exception>
    public static List<SamplerSpec> Grid(Call call, string steps, string ensembles, TrainedTask task)
    {
        var schedules = call.Get(Schedule) is { } named
            ? Choices<BetaSchedule>("--schedule", named).Select(Some)
            : [None];
        var grid =
            from schedule in schedules
            from n in Numbers("--steps", steps)
            from m in Numbers("--ensemble", ensembles)
            from reduction in Choices<EnsembleReduction>("--reduction", call.Get(Reduction))
            select new SamplerSpec(n, m, call.Get(Eta), call.Get(Spacing), reduction, Schedule: schedule);
        return [.. grid.Select(sampler => Checked(sampler, task))];
    }

    /// <summary>The one sampler of the verb's options.</summary>
    /// <exception cref="BadInputException">As <see cref="Grid"/>; and several were given.</exception>
    public static SamplerSpec Only(Call call, int steps, int ensemble, TrainedTask task)
    {
        var grid = Grid(call, steps.ToString(CultureInfo.InvariantCulture), ensemble.ToString(CultureInfo.InvariantCulture), task);
        return grid.Count == 1 ? grid[0] : throw new BadInputException("--schedule, --reduction: give one of each; flow evaluate compares several");
    }

    static SamplerSpec Checked(SamplerSpec sampler, TrainedTask task) => SamplerRules.Mistakes(sampler, task.Task, task.Diffusion, "-").ToList() switch
    {
        [] when sampler.Ensemble > 1000 => throw new BadInputException($"--ensemble: {sampler.Ensemble} is more than 1000"),
        [] => sampler,
        [var first, ..] => throw new BadInputException($"--{first.Path[2..]}: {first.Given} is {first.Allowed}"),
    };

    static IEnumerable<int> Numbers(string option, string list) => list.Split(',', StringSplitOptions.TrimEntries)
        .Select(text => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new BadInputException($"{option}: '{text}' is not a whole number; write them as 1,2,5")).Distinct().Order();

    static IEnumerable<T> Choices<T>(string option, string list) where T : struct, Enum => list.Split(',', StringSplitOptions.TrimEntries)
        .Select(text => Enum.GetValues<T>().Where(choice => Spelled(choice).Equals(text, StringComparison.OrdinalIgnoreCase)).ToList() is [var found]
            ? found
            : throw new BadInputException($"{option}: '{text}' is none of {Known<T>()}")).Distinct();

    static string Known<T>() where T : struct, Enum => string.Join(", ", Enum.GetValues<T>().Select(Spelled));

    /// <summary>A choice as JSON and the command line write it.</summary>
    public static string Spelled<T>(T choice) where T : struct, Enum => Spelling.Kebab(choice.ToString());
}
