using Flow.Domain.Planning;
using Flow.Domain.Runs;
using Flow.Domain.Text;

namespace Flow.Jobs.Views;

/// <summary>A run of a recorded study.</summary>
public sealed record PlanOfRun(Plan Plan, PlannedRun Planned)
{
    public string Study => Plan.Study.Name;

    public string Label => KnownStudies.LabelOf(Plan, Planned);

    /// <summary>A run may end with steps that have no model of their own; the last training or measurement tells what it came to.</summary>
    public Lineage Lineage { get; } = Planned.Steps.Rev().Map(step => Lineage.Of(Plan, step)).Somes().Head;

    /// <summary>Model and stages as a study spells them.</summary>
    public Json Spec => SpecWriter.Write(new RunSpec(Lineage.Stages.Head.Model, Planned.Run.Stages));

    /// <summary>The last training step of the kind, whose curve is the run's; null where there is none.</summary>
    /// <param name="kind">Pretrain or FineTune; null for either.</param>
    public Step? Training(StepKind? kind)
    {
        var trainings = Planned.Steps.Map(step => Plan[step]).Filter(step => step.Kind is StepKind.Pretrain or StepKind.FineTune && (kind is null || step.Kind == kind));
        return trainings.IsEmpty ? null : trainings.Last;
    }
}
