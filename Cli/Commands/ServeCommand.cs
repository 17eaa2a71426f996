using System.CommandLine;
using System.Net;
using Flow.Dashboard;
using Flow.Domain;
using Flow.Jobs;
using Flow.Jobs.Ledger;

namespace Flow.Cli.Commands;

/// <summary>`flow serve`: the dashboard and one worker in this process, on loopback unless told otherwise.</summary>
public static class ServeCommand
{
    static readonly Option<int> Port = new("--port") { Description = "Port; 0 takes a free one", DefaultValueFactory = _ => 8420 };
    static readonly Option<string> Listen = new("--listen") { Description = "Address to listen on; beyond loopback FLOW_TOKEN must be set", DefaultValueFactory = _ => "127.0.0.1" };
    static readonly Option<string?> Certificate = new("--certificate") { Description = "TLS: a PEM or PFX file" };
    static readonly Option<string?> Key = new("--key") { Description = "TLS: the PEM file of the key, where the certificate's file lacks it" };
    static readonly Option<string[]> Host = new("--host") { Description = "A name by which browsers may ask; may be repeated", DefaultValueFactory = _ => [] };

    public static Command Build() => Verb.Of(
        "serve", "The dashboard in a browser, with one worker", [Port, Listen, Certificate, Key, Host, RunCommands.Parallel], async (call, cancel) =>
    {
        var options = new DashboardOptions(
            Address(call.Get(Listen)), call.Get(Port), AccessTokens.FromEnvironment(), call.Get(Certificate), call.Get(Key), call.Get(Host)).Checked();
        if (options is { OnLoopback: false, Tls: false })
            Call.Say("flow: WARNING: without TLS everybody on the way reads the token: give --certificate, or put a proxy with TLS before it");
        var lab = new Lab(call.Store, call.Get(RunCommands.Parallel) ?? Math.Min(8, Environment.ProcessorCount));
        await using var ledger = await LedgerDatabase.Open(lab.Root, null, cancel);
        await using var app = DashboardServer.Build(lab, ledger, options);
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

    static IPAddress Address(string text) => text == "localhost"
        ? IPAddress.Loopback
        : IPAddress.TryParse(text, out var address) ? address : throw new BadInputException($"--listen: '{text}' is no IP address; 0.0.0.0 is every one of this machine's");
}
