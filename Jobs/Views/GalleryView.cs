using Flow.Domain.Planning;
using Flow.Jobs.Steps;

namespace Flow.Jobs.Views;

/// <summary>A finished evaluation that has pictures.</summary>
/// <param name="Run">The first run that contains it.</param>
public sealed record GalleryView(string Step, string Study, string Identity, string Run, string Label, string Task)
{
    /// <summary>Of one study (name or identity) or of all; the latest recorded study first.</summary>
    public static IReadOnlyList<GalleryView> All(Lab lab, KnownStudies studies, string? study) =>
    [
        .. from known in studies.All()
           let plan = known.Plan
           where study is null || plan.Study.Name == study || plan.Identity.Hex == study
           from step in plan.Steps.Filter(step => step.Kind == StepKind.Evaluate && lab.Steps.Exists(step.Name.Hex)).AsEnumerable()
           let index = GalleryIndex.Of(lab.Steps.Open(step.Name.Hex))
           where index is not null
           let run = plan.Runs.Find(run => run.Steps.Contains(step.Name)).Match(run => KnownStudies.LabelOf(plan, run), () => "")
           select new GalleryView(step.Name.Hex, plan.Study.Name, plan.Identity.Hex, run, step.Label, index.Task),
    ];
}
