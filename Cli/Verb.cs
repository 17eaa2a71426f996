using System.CommandLine;
using System.Text.Json;
using Flow.Cli.Remote;
using Flow.Dashboard;
using Flow.Dataflow.Codecs;
using Flow.Domain;

namespace Flow.Cli;

/// <summary>What a verb's body is given: the parsed options, the store, and where to answer.</summary>
/// <param name="Store">Absolute path of the store: --store, else FLOW_STORE, else flow-store in the current folder.</param>
/// <param name="Json">One JSON document on standard output and nothing else there.</param>
public sealed record Call(ParseResult Parsed, string Store, bool Json)
{
    static readonly JsonSerializerOptions Shape = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public T Get<T>(Option<T> option) => Parsed.GetValue(option)!;

    public T Get<T>(Argument<T> argument) => Parsed.GetValue(argument)!;

    /// <summary>The server that --server or FLOW_SERVER names; null for a store here.</summary>
    public RemoteServer? Server() => (Parsed.GetValue(Verb.Server) ?? Environment.GetEnvironmentVariable("FLOW_SERVER")) is { Length: > 0 } address
        ? new RemoteServer(address, AccessTokens.Given("FLOW_TOKEN"))
        : null;

    /// <summary>The verb's answer: the document under --json, otherwise the text.</summary>
    public void Answer(object document, string text) => Console.Out.WriteLine(Json ? JsonSerializer.Serialize(document, Shape) : text.TrimEnd());

    /// <summary>A line for the person that is not the answer; always on standard error.</summary>
    public static void Say(string text) => Console.Error.WriteLine(text);
}

/// <summary>The border of every verb: exit codes 0 done, 1 failed, 2 bad input, 130 cancelled (DESIGN.md, Commands).</summary>
public static class Verb
{
    public const int Done = 0;
    public const int Failed = 1;
    public const int BadInput = 2;
    public const int Cancelled = 130;

    public static readonly Option<string?> Store = new("--store")
    {
        Description = "Folder of shards, steps and results (default: FLOW_STORE, else ./flow-store)",
        Recursive = true,
    };

    public static readonly Option<string?> Server = new("--server")
    {
        Description = "Ask a `flow serve` elsewhere (https://host:8420) instead of a store here (default: FLOW_SERVER): submit, jobs, query, study list",
        Recursive = true,
    };

    static readonly string[] Remote = ["submit", "query", "study list", "jobs ls", "jobs show", "jobs logs", "jobs cancel", "jobs retry", "jobs pause", "jobs resume"];

    public static readonly Option<bool> Json = new("--json") { Description = "Answer with one JSON document on standard output", Recursive = true };

    public static Command Of(string name, string description, IEnumerable<Symbol> parts, Func<Call, CancellationToken, Task<int>> body)
    {
        var command = new Command(name, description);
        foreach (var part in parts)
            if (part is Option option) command.Options.Add(option);
            else if (part is Argument argument) command.Arguments.Add(argument);
            else if (part is Command sub) command.Subcommands.Add(sub);
        command.SetAction((parsed, cancel) => Run(parsed, body, cancel));
        return command;
    }

    public static Command Of(string name, string description, IEnumerable<Symbol> parts, Func<Call, int> body) =>
        Of(name, description, parts, (call, _) => Task.FromResult(body(call)));

    /// <summary>A verb that only holds other verbs.</summary>
    public static Command Group(string name, string description, params IEnumerable<Command> verbs)
    {
        var command = new Command(name, description);
        foreach (var verb in verbs) command.Subcommands.Add(verb);
        return command;
    }

    /// <exception cref="BadInputException">A server was named for a verb that works on this machine's files.</exception>
    static void Reachable(ParseResult parsed)
    {
        var name = parsed.CommandResult.Command.Name;
        for (var parent = parsed.CommandResult.Parent; parent is System.CommandLine.Parsing.CommandResult { Command: not RootCommand and var group }; parent = parent.Parent) name = $"{group.Name} {name}";
        if (parsed.GetValue(Server) is not null && !Remote.Contains(name))
            throw new BadInputException($"--server: `flow {name}` works on this machine only; a server is asked by {string.Join(", ", Remote)}");
    }

    static async Task<int> Run(ParseResult parsed, Func<Call, CancellationToken, Task<int>> body, CancellationToken cancel)
    {
        var json = parsed.GetValue(Json);
        try
        {
            Reachable(parsed);
            var store = parsed.GetValue(Store) ?? Environment.GetEnvironmentVariable("FLOW_STORE") ?? "flow-store";
            return await body(new Call(parsed, Path.GetFullPath(store), json), cancel);
        }
        catch (Exception bad) when (bad is BadInputException or BadFileException)
        {
            Call.Say("flow: " + bad.Message);
            return BadInput;
        }
        catch (OperationCanceledException)
        {
            Call.Say("flow: cancelled; what was finished is kept, the same command goes on from there");
            return Cancelled;
        }
        catch (Exception failure) when (Environment.GetEnvironmentVariable("FLOW_DEBUG") is null)
        {
            Call.Say($"flow: {failure.Message} (FLOW_DEBUG=1 shows where)");
            return Failed;
        }
    }
}
