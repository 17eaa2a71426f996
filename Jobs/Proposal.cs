using Flow.Domain;
using Flow.Domain.Compute;
using Flow.Domain.Planning;
using Flow.Domain.Studies;
using LanguageExt;
using static LanguageExt.Prelude;

namespace Flow.Jobs;

/// <summary>A study that somebody may run: what is wrong with it, or what it would do and cost.</summary>
/// <param name="Spec">None when the text can't even be read as a spec.</param>
/// <param name="Mistakes">All of them; empty exactly when there is a plan.</param>
/// <param name="Done">Steps of the plan that this store has already.</param>
public sealed record Proposal(Option<StudySpec> Spec, Seq<SpecError> Mistakes, Option<Plan> Plan, Option<StudyCost> Cost, int Done)
{
    public static Proposal Of(Lab lab, string text, Option<string> scale, Placement place) => StudyText.ReadSpec(text, scale).Match(
        Fail: mistakes => new Proposal(None, mistakes, None, None, 0),
        Succ: spec => Study.From(spec).Match(
            Fail: mistakes => new Proposal(spec, mistakes, None, None, 0),
            Succ: study => Planned(lab, spec, Domain.Planning.Plan.Of(study), place)));

    static Proposal Planned(Lab lab, StudySpec spec, Plan plan, Placement place) =>
        new(spec, [], plan, StudyCost.Of(plan, place), plan.Steps.Count(step => lab.Steps.Exists(step.Name.Hex)));
}
