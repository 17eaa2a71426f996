using Flow.Domain.Runs;
using Flow.Domain.Text;
using LanguageExt;

namespace Flow.Domain.Studies;

/// <summary>One alternative of an axis: what it changes in the run, and the stages that it adds at the end.</summary>
/// <param name="Set">Dotted paths into the run, such as <c>model</c> or <c>stages[0].train.batch</c>, and their values.</param>
/// <param name="Then">Stages appended to the run's.</param>
public sealed record Branch([Unhashed] string Label, HashMap<string, Json> Set = default, Seq<StageSpec> Then = default);

/// <summary>One direction in which a study varies its run; several axes are multiplied.</summary>
public abstract record AxisSpec
{
    AxisSpec() { }

    /// <summary>One field takes each of the values.</summary>
    public sealed record Values(string Path, Seq<Json> Of) : AxisSpec;

    /// <summary>Alternatives that change several fields or add stages.</summary>
    public sealed record Branches(Seq<Branch> Of) : AxisSpec;

    /// <summary>A field takes any value of a range; for random sweeps only.</summary>
    /// <param name="Log">Uniform in the logarithm, as learning rates want.</param>
    public sealed record Range(string Path, double Low, double High, bool Log = false) : AxisSpec;

    /// <summary>
    /// The same training compute for every model: the steps of the stage become TrainMacs / (3 x forward MACs x batch). Runs whose steps
    /// fall outside [MinSteps, MaxSteps] are left out.
    /// </summary>
    /// <param name="TrainMacs">Budgets, as multiply-accumulates of training.</param>
    /// <param name="Stage">Index of the training stage that the budget is for.</param>
    public sealed record Budgets(Seq<double> TrainMacs, int Stage = 0, int MinSteps = 1, int MaxSteps = int.MaxValue) : AxisSpec;
}
