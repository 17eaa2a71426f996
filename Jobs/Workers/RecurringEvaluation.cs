using Flow.Domain.Planning;

namespace Flow.Jobs.Workers;

/// <summary>Which steps of a study a recurring evaluation asks for.</summary>
public static class RecurringEvaluation
{
    public const string Latest = "latest";
    public const string All = "all";

    /// <summary>The finished trainings to evaluate.</summary>
    /// <param name="which">latest, all, or the label of a run.</param>
    /// <param name="finished">When a step was finished; null for one that is not.</param>
    public static IReadOnlyList<StepId> Trained(Plan plan, string which, Func<StepId, DateTime?> finished)
    {
        var runs = plan.Runs.Where(run => which is Latest or All || run.Run.Label == which);
        var trained = runs.SelectMany(run => run.Steps).Distinct()
            .Where(step => plan[step].Kind is StepKind.Pretrain or StepKind.FineTune or StepKind.Upcycle)
            .Select(step => (Step: step, At: finished(step))).Where(step => step.At is not null)
            .OrderByDescending(step => step.At).Select(step => step.Step).ToList();
        // What was finished last may have no measurement of its own, such as a pretraining that is fine-tuned next.
        return which == Latest ? [.. trained.Where(step => Measurements(plan, [step]).Count > 0).Take(1)] : trained;
    }

    /// <summary>The study's evaluations and held-out losses of these trainings.</summary>
    public static IReadOnlyList<StepId> Measurements(Plan plan, IReadOnlyCollection<StepId> trained) =>
        [.. plan.Steps.Where(step => step.Payload switch
        {
            Payload.Evaluate evaluate => trained.Contains(evaluate.Checkpoint),
            Payload.HeldOutLoss loss => trained.Contains(loss.Checkpoint),
            _ => false,
        }).Select(step => step.Name)];
}
