using Flow.Domain;
using Flow.Domain.Diffusion;
using Flow.Domain.Models;
using Flow.Domain.Planning;
using Flow.Domain.Runs;

namespace Flow.Jobs;

/// <summary>A task that a training was fine-tuned for, and the ingest step that made its data.</summary>
public sealed record TrainedTask(PerceptionTask Task, Payload.Ingest Data, DiffusionSpec Diffusion);

/// <summary>A finished training in a store, and what its study says of it.</summary>
/// <param name="Label">Of its run; the study's name where there is one run only.</param>
public sealed record TrainedRun(RecordedStudy From, Step Step, string Label)
{
    const int ShortestName = 6;

    public ModelSpec Model => Step.Payload switch
    {
        Payload.Pretrain p => p.Model,
        Payload.FineTune p => p.Model,
        Payload.Import p => p.Model,
        Payload.Upcycle p => p.Model,
        var other => throw new NotSupportedException(other.ToString()),
    };

    public string Name => $"{From.Plan.Study.Name}:{Label}";

    /// <summary>A finished training by STUDY:RUN, by STUDY where it has one run, or by the first digits (six or more) of its step's name.</summary>
    /// <exception cref="BadInputException">There is none, or several.</exception>
    public static TrainedRun Find(Lab lab, string named)
    {
        var all = RecordedStudies.In(lab.Root).SelectMany(study => Of(lab, study)).ToList();
        var found = named.Length >= ShortestName && named.All(char.IsAsciiHexDigitLower)
            ? all.Where(run => run.Step.Name.Hex.StartsWith(named, StringComparison.Ordinal)).DistinctBy(run => run.Step.Name).ToList()
            // A run's own is its last training; of two versions of one study the later counts.
            : all.Where(run => run.Name == named || (run.From.Plan.Study.Name == named && run.From.Plan.Runs.Count == 1))
                .GroupBy(run => run.From).Take(1).Select(runs => runs.Last()).ToList();
        return found.Count switch
        {
            1 => found[0],
            0 => throw new BadInputException($"no finished training '{named}' in {lab.Root}: {Known(all)}"),
            _ => throw new BadInputException($"'{named}' begins the names of {found.Count} trainings: give more digits"),
        };
    }

    /// <summary>The task to predict: the one asked for, or the only one.</summary>
    /// <exception cref="BadInputException">The training knows no task, not this one, or several.</exception>
    public TrainedTask Task(PerceptionTask? wanted)
    {
        if (Step.Payload is not Payload.FineTune tuned)
            throw new BadInputException($"{Name} was not fine-tuned for a perception task, so it predicts none: name a training that was");
        var known = string.Join(", ", tuned.Mixture.Map(part => part.Task.ToString().ToLowerInvariant()).Distinct());
        var parts = tuned.Mixture.Filter(part => wanted is null || part.Task == wanted);
        if (parts.IsEmpty) throw new BadInputException($"--task: {Name} was fine-tuned for {known}, not for {wanted}");
        if (parts.Map(part => part.Task).Distinct().Count() > 1) throw new BadInputException($"--task: {Name} knows several tasks, name one of {known}");
        return new TrainedTask(parts.Head.Task, (Payload.Ingest)From.Plan[parts.Head.Data].Payload, tuned.Train.Diffusion);
    }

    /// <summary>The folder of the shards that the run's own study evaluates a task on.</summary>
    /// <exception cref="BadInputException">It evaluates none.</exception>
    public string HeldOut(Lab lab, PerceptionTask task) => From.Plan.Steps
        .Filter(step => step.Payload is Payload.Evaluate evaluate && evaluate.Task == task && lab.Steps.Exists(evaluate.Data.Hex))
        .Map(step => lab.Steps.Open(((Payload.Evaluate)step.Payload).Data.Hex)).HeadOrNone()
        .IfNone(() => throw new BadInputException($"--data: the study of {Name} evaluates {task.ToString().ToLowerInvariant()} on no data set that is here; name one (flow data ls)"));

    static IEnumerable<TrainedRun> Of(Lab lab, RecordedStudy study) =>
        from run in study.Plan.Runs.AsEnumerable()
        from name in run.Steps.AsEnumerable()
        let step = study.Plan[name]
        where step.Kind is StepKind.Pretrain or StepKind.Import or StepKind.Upcycle or StepKind.FineTune && lab.Steps.Exists(name.Hex)
        select new TrainedRun(study, step, run.Run.Label.Length == 0 ? study.Plan.Study.Name : run.Run.Label);

    static string Known(List<TrainedRun> all) => all.Count == 0
        ? "it has none yet; run a study first"
        : "it has " + string.Join(", ", all.Select(run => run.Name).Distinct().Take(12));
}
