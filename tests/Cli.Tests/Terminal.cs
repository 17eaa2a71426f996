using System.Text.Json;

namespace Flow.Cli.Tests;

/// <summary>What a command came to.</summary>
public sealed record Answer(int Code, string Out, string Error)
{
    public JsonElement Json => JsonDocument.Parse(Out).RootElement;
}

/// <summary>Runs the program in this process, with its two streams caught; test classes that use it share one collection, since the console is one.</summary>
public static class Terminal
{
    public static async Task<Answer> Run(params string[] words)
    {
        var (standard, error) = (Console.Out, Console.Error);
        using var said = new StringWriter();
        using var complained = new StringWriter();
        Console.SetOut(said);
        Console.SetError(complained);
        try
        {
            return new Answer(await CommandLine.Run(words), said.ToString(), complained.ToString());
        }
        finally
        {
            Console.SetOut(standard);
            Console.SetError(error);
        }
    }
}
