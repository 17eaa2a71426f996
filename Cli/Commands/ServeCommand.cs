using System.CommandLine;
using System.Net;
using Flow.Dashboard;
using Flow.Dashboard.Security;
using Flow.Domain;
using Flow.Jobs;
using Flow.Jobs.Ledger;
using Flow.Jobs.Workers;
using Flow.Storage.Sandbox;

namespace Flow.Cli.Commands;

/// <summary>`flow serve`: the dashboard and one worker in this process, on loopback unless told otherwise.</summary>
public static class ServeCommand
{
    static readonly Option<int> Port = new("--port") { Description = "Port; 0 takes a free one", DefaultValueFactory = _ => 8420 };
    static readonly Option<string> Listen = new("--listen") { Description = "Address to listen on; beyond loopback FLOW_TOKEN or FLOW_OIDC_ISSUER must be set", DefaultValueFactory = _ => "127.0.0.1" };
    static readonly Option<string?> Certificate = new("--certificate") { Description = "TLS: a PEM or PFX file" };
    static readonly Option<string?> Key = new("--key") { Description = "TLS: the PEM file of the key, where the certificate's file lacks it" };
    static readonly Option<string[]> Host = new("--host") { Description = "A name by which browsers may ask; may be repeated", DefaultValueFactory = _ => [] };
    static readonly Option<bool> NoWorker = new("--no-worker") { Description = "Only the pages: `flow worker` runs the steps, here or elsewhere" };

    public static Command Build() => Verb.Of(
        "serve", "The dashboard in a browser, with one worker",
        [Port, Listen, Certificate, Key, Host, NoWorker, RunCommands.Parallel, WorkerCommands.Devices, WorkerCommands.Database, WorkerCommands.Engine], async (call, cancel) =>
    {
        var options = new DashboardOptions(
            Address(call.Get(Listen)), call.Get(Port), AccessTokens.FromEnvironment(), call.Get(Certificate), call.Get(Key), call.Get(Host), WorkerCommands.DatabaseOf(call),
            OpenIdProvider.FromEnvironment()).Checked();
        if (options is { OnLoopback: false, Tls: false })
            Call.Say("flow: WARNING: without TLS everybody on the way reads what lets people in: give --certificate, or put a proxy with TLS before it");
        foreach (var layer in SqlSandbox.Lacking) Call.Say($"flow: WARNING: for the sandbox of SQL this machine lacks {layer}");
        var lab = new Lab(call.Store, call.Get(RunCommands.Parallel) ?? Math.Min(8, Environment.ProcessorCount));
        await using var ledger = await LedgerDatabase.Open(lab.Root, WorkerCommands.DatabaseOf(call), cancel);
        await using var worker = call.Get(NoWorker) ? null : await Worker.Start(
            lab, WorkerOptions.On(lab, WorkerCommands.DatabaseOf(call)) with { Devices = WorkerCommands.DevicesOf(call, lab), Engine = call.Get(WorkerCommands.Engine) }, Console.Error, cancel);
        await using var app = DashboardServer.Build(lab, ledger, options);
        await app.StartAsync(cancel);
        Call.Say($"flow: open {app.Urls.First()}   (Ctrl-C stops; studies in progress go on when it is started again)");
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
