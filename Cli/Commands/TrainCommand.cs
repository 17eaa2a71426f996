using System.CommandLine;
using Flow.Domain;
using Flow.Domain.Planning;
using Flow.Jobs;

namespace Flow.Cli.Commands;

/// <summary>`flow train STUDY [RUN]`: the trainings of one run of a study, shown live; nothing else of the study runs.</summary>
public static class TrainCommand
{
    static readonly Argument<string> Study = new("study") { Description = "A study's file, or the name of one of studies/" };
    static readonly Argument<string?> Run = new("run") { Description = "Label of the run (default: the only one)", Arity = ArgumentArity.ZeroOrOne };
    static readonly Option<StepKind?> Stage = new("--stage") { Description = "Pretrain, Upcycle or FineTune alone, with what it needs (default: all trainings of the run)" };

    public static Command Build() => Verb.Of(
        "train", "Train one run of a study and watch: loss, learning rate, gradient norm, rates, MACs, MFU, memory, time left",
        [Study, Run, Stage, RunCommands.Scale, RunCommands.Workers, RunCommands.KeepEvery, RunCommands.Device], async (call, cancel) =>
    {
        var file = StudyFile.Find(call.Get(Study));
        var plan = Plan.Of(file.Read(call.Get(RunCommands.Scale)));
        var run = Chosen(plan, call.Get(Run));
        var trainings = run.Steps.Map(name => plan[name]).Filter(step => Trains(step.Kind) && step.Kind == (call.Get(Stage) ?? step.Kind)).Strict();
        if (trainings.IsEmpty) throw new BadInputException($"run '{Label(plan, run)}' of {file.Path} has no {(call.Get(Stage) is { } stage ? $"{stage} stage" : "training")}");
        var lab = RunCommands.Lab(call, parallel: 1);
        var needed = plan.With(trainings.Map(step => step.Name));
        OutsideFiles.Check(lab, plan, needed, file.Folder);
        StudyOutcome outcome;
        using (var display = new TrainDisplay())
            outcome = await new StudyRunner(lab, display).Run(plan, file.Folder, cancel, needed.ToList());
        foreach (var (step, message) in outcome.Failures) Call.Say($"FAILED {step.Label}: {message}");
        if (outcome.Failures.Count > 0) return Verb.Failed;
        var trained = trainings.Map(step => TrainedRow.Of(lab, plan, step)).ToList();
        call.Answer(new { study = file.Name, run = Label(plan, run), workers = lab.Workers, threads = lab.Threads, trainings = trained, seconds = outcome.Took.TotalSeconds }, TrainedRow.Text(trained));
        return Verb.Done;
    });

    static bool Trains(StepKind kind) => kind is StepKind.Pretrain or StepKind.Upcycle or StepKind.FineTune;

    static string Label(Plan plan, PlannedRun run) => run.Run.Label.Length == 0 ? plan.Study.Name : run.Run.Label;

    static PlannedRun Chosen(Plan plan, string? label)
    {
        var fitting = plan.Runs.Filter(run => label is null || Label(plan, run) == label);
        return fitting.Count == 1
            ? fitting.Head
            : throw new BadInputException($"{(label is null ? "which run?" : $"no run '{label}':")} '{plan.Study.Name}' has {string.Join(", ", plan.Runs.Map(run => Label(plan, run)))}");
    }
}
