using Flow.Domain.Planning;
using LanguageExt;
using static LanguageExt.Prelude;

namespace Flow.Domain.Compute;

/// <summary>A run's cost.</summary>
/// <param name="Alone">All of its stages, as if nothing were shared.</param>
public sealed record RunCost(string Label, string Model, Option<Cost> Alone);

/// <summary>What a study costs: each run by itself, and the whole with every shared step once.</summary>
/// <param name="Total">None when a step's size is not known; <paramref name="Unknown"/> says which.</param>
public sealed record StudyCost(Seq<RunCost> Runs, Option<Cost> Total, Seq<string> Unknown)
{
    public static StudyCost Of(Plan plan, Placement place)
    {
        var unknown = plan.Steps.Filter(step => StepCost.Of(plan, step, place).IsNone).Map(step => step.Label).Distinct().ToSeq().Strict();
        return new StudyCost(
            plan.Runs.Map(run => new RunCost(
                run.Run.Label, run.Run.Model.Name, Sum(run.Steps.Map(name => StepCost.Of(plan, plan[name], place))))).Strict(),
            Sum(plan.Steps.Map(step => StepCost.Marginal(plan, step, place))),
            unknown);
    }

    static Option<Cost> Sum(Seq<Option<Cost>> costs) =>
        costs.Fold(Some(Cost.Nothing), (sum, cost) => from a in sum from b in cost select a + b);
}
