using System.CommandLine;
using Flow.Dashboard;
using Flow.Jobs;

namespace Flow.Cli.Commands;

/// <summary>`flow serve`: the dashboard and one worker in this process, on loopback.</summary>
public static class ServeCommand
{
    static readonly Option<int> Port = new("--port") { Description = "Port on 127.0.0.1", DefaultValueFactory = _ => 8420 };

    public static Command Build() => Verb.Of("serve", "The dashboard in a browser, with one worker", [Port, RunCommands.Parallel], async (call, cancel) =>
    {
        await using var app = DashboardServer.Build(new Lab(call.Store, call.Get(RunCommands.Parallel) ?? Math.Min(8, Environment.ProcessorCount)), call.Get(Port));
        await app.StartAsync(cancel);
        Call.Say($"flow: open {app.Urls.First()}   (Ctrl-C stops; a study in progress goes on when it is run again)");
        try
        {
            await Task.Delay(Timeout.Infinite, cancel);
        }
        finally
        {
            await app.StopAsync(CancellationToken.None);
        }
        return Verb.Done;
    });
}
