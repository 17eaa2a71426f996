using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Flow.Domain;

namespace Flow.Jobs.Observability;

/// <summary>What a worker says of itself. Ready is one that reached the ledger lately, and so is given steps.</summary>
public sealed record Health(string Worker, bool Ready, int Running, DateTimeOffset LastBeat);

/// <summary>/healthz (the process answers) and /readyz (503 while the ledger is out of reach) on 127.0.0.1.</summary>
public sealed class HealthServer : IDisposable
{
    readonly HttpListener listener = new();
    readonly Func<Health> health;

    /// <param name="port">0 for any free one.</param>
    /// <exception cref="BadInputException">The port is taken.</exception>
    public HealthServer(int port, Func<Health> health)
    {
        this.health = health;
        Port = port > 0 ? port : FreePort();
        listener.Prefixes.Add($"http://127.0.0.1:{Port}/");
        try
        {
            listener.Start();
        }
        catch (HttpListenerException taken)
        {
            throw new BadInputException($"--health: port {Port} of 127.0.0.1 can't be had ({taken.Message}); choose another");
        }
        _ = Serve();
    }

    public int Port { get; }

    public void Dispose() => listener.Close();

    async Task Serve()
    {
        while (listener.IsListening)
        {
            try
            {
                Answer(await listener.GetContextAsync());
            }
            catch (Exception closed) when (closed is HttpListenerException or ObjectDisposedException)
            {
                // The listener was closed, or the asker went away.
            }
        }
    }

    void Answer(HttpListenerContext context)
    {
        var now = health();
        var known = context.Request.Url?.AbsolutePath is "/healthz" or "/readyz";
        var ready = now.Ready || context.Request.Url?.AbsolutePath == "/healthz";
        context.Response.StatusCode = !known ? 404 : ready ? 200 : 503;
        context.Response.ContentType = "application/json";
        var body = Encoding.UTF8.GetBytes(JsonSerializer.Serialize(new { worker = now.Worker, ready = now.Ready, running = now.Running, last_beat = now.LastBeat }));
        context.Response.OutputStream.Write(body);
        context.Response.Close();
    }

    static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}
