using System.CommandLine;
using Flow.Storage.Sandbox;

namespace Flow.Cli.Commands;

/// <summary>`flow sql-sandbox`, which only the dashboard starts: answers one query on standard input and can do nothing else.</summary>
public static class SandboxCommand
{
    static readonly Option<double> Seconds = new("--seconds") { Required = true };
    static readonly Option<long> EngineMemory = new("--engine-memory") { Required = true };
    static readonly Option<int> Threads = new("--threads") { Required = true };
    static readonly Option<long> AnswerBytes = new("--answer-bytes") { Required = true };

    public static Command Build()
    {
        var command = Verb.Of(SqlSandbox.Verb, "Answers one query, confined", [Seconds, EngineMemory, Threads, AnswerBytes], call =>
        {
            var limits = new SandboxLimits(TimeSpan.FromSeconds(call.Get(Seconds)), call.Get(EngineMemory), call.Get(Threads), call.Get(AnswerBytes));
            using var answer = Console.OpenStandardOutput();
            SandboxedQuery.Run(call.Store, limits, Console.OpenStandardInput(), answer);
            return Verb.Done;
        });
        command.Hidden = true;
        return command;
    }
}
