using System.CommandLine;

namespace Flow.Cli;

/// <summary>The whole program: words in, exit code out (0 done, 1 failed, 2 bad input, 130 cancelled).</summary>
public static class CommandLine
{
    public static async Task<int> Run(IReadOnlyList<string> words)
    {
        var root = new RootCommand("A lab for scaling studies of diffusion transformers on visual perception.");
        root.Options.Add(Verb.Store);
        root.Options.Add(Verb.Server);
        root.Options.Add(Verb.Json);
        foreach (var verb in Verbs.All) root.Subcommands.Add(verb);

        var parsed = root.Parse(words);
        if (parsed.Errors.Count == 0)
            return await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromSeconds(30), EnableDefaultExceptionHandler = false });

        foreach (var error in parsed.Errors) Call.Say("flow: " + error.Message);
        Call.Say("flow: see `flow " + string.Join(' ', parsed.CommandResult.Command == root ? [] : [parsed.CommandResult.Command.Name]) + " --help`");
        return Verb.BadInput;
    }
}
