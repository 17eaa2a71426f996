using System.CommandLine;
using Flow.Cli.Commands;

namespace Flow.Cli;

/// <summary>The table of contents of the command line.</summary>
public static class Verbs
{
    public static IEnumerable<Command> All => [DoctorCommand.Build(), FitCommand.Build(), ModelCommand.Build(), QueryCommand.Build(), StudyCommands.Build(), RunCommands.Run()];
}
