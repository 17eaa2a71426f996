using System.CommandLine;
using Flow.Cli.Commands;

namespace Flow.Cli;

/// <summary>The table of contents of the command line.</summary>
public static class Verbs
{
    public static IEnumerable<Command> All =>
    [
        DemoCommand.Build(), RunCommands.Run(), TrainCommand.Build(), StudyCommands.Build(), ModelCommand.Build(), SynthCommand.Build(), IngestCommand.Build(), DataCommands.Build(),
        EvaluateCommand.Build(), PredictCommand.Build(), FrechetCommand.Build(), WeightsCommands.Import(), WeightsCommands.Export(),
        FitCommand.Build(), PlanCommand.Build(), FrontierCommand.Build(), CompareCommand.Build(),
        SubmitCommand.Build(), WorkerCommands.Worker(), JobsCommands.Build(), RecurCommands.Build(), WorkerCommands.Step(),
        QueryCommand.Build(), ServeCommand.Build(), SandboxCommand.Build(), DoctorCommand.Build(), TrainPeerCommand.Build(),
    ];
}
