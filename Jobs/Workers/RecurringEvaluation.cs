using Flow.Domain;
using Flow.Domain.Planning;
using Flow.Domain.Studies;
using Flow.Jobs.Ledger;

namespace Flow.Jobs.Workers;

/// <summary>Which steps of a study a recurring evaluation asks for.</summary>
public static class RecurringEvaluation
{
    public const string Latest = "latest";
    public const string All = "all";
    const int MostTold = 20;

    /// <summary>The finished trainings to evaluate.</summary>
    /// <param name="which">latest, all, or the label of a run.</param>
    /// <param name="finished">When a step was finished; null for one that is not.</param>
    public static IReadOnlyList<StepId> Trained(Plan plan, string which, Func<StepId, DateTime?> finished)
    {
        var runs = plan.Runs.Where(run => which is Latest or All || Label(plan, run) == which);
        var trained = runs.SelectMany(run => run.Steps).Distinct()
            .Where(step => plan[step].Kind is StepKind.Pretrain or StepKind.Import or StepKind.FineTune or StepKind.Upcycle)
            .Select(step => (Step: step, At: finished(step))).Where(step => step.At is not null)
            .OrderByDescending(step => step.At).Select(step => step.Step).ToList();
        // What was finished last may have no measurement of its own, such as a pretraining that is fine-tuned next.
        return which == Latest ? [.. trained.Where(step => Measurements(plan, [step]).Count > 0).Take(1)] : trained;
    }

    /// <exception cref="BadInputException">The study has no run of that label, or measures none of its trainings.</exception>
    public static void Check(Recurrence recurrence) => StudyText.Read(recurrence.Spec).IfSuccess(study => Check(Plan.Of(study), recurrence.Evaluate));

    static void Check(Plan plan, string which)
    {
        var runs = plan.Runs.Map(run => Label(plan, run)).ToList();
        if (which is not Latest and not All && !runs.Contains(which))
            throw new BadInputException($"--evaluate: '{plan.Study.Name}' has no run '{which}'; give {Latest}, {All} or one of {string.Join(", ", runs.Take(MostTold))}{(runs.Count > MostTold ? ", ..." : "")}");
        if (Measurements(plan, [.. Trained(plan, which, _ => DateTime.MinValue)]).Count == 0)
            throw new BadInputException($"--study: '{plan.Study.Name}' has no evaluation and no held-out loss to repeat; add one to its stages");
    }

    /// <summary>As its rows are called: the only run of a study has the study's name.</summary>
    static string Label(Plan plan, PlannedRun run) => run.Run.Label.Length == 0 ? plan.Study.Name : run.Run.Label;

    /// <summary>The study's evaluations and held-out losses of these trainings.</summary>
    public static IReadOnlyList<StepId> Measurements(Plan plan, IReadOnlyCollection<StepId> trained) =>
        [.. plan.Steps.Where(step => step.Payload switch
        {
            Payload.Evaluate evaluate => trained.Contains(evaluate.Checkpoint),
            Payload.HeldOutLoss loss => trained.Contains(loss.Checkpoint),
            _ => false,
        }).Select(step => step.Name)];
}
