using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Flow.EndToEnd.Jobs;

/// <summary>
/// Takes what OpenTelemetry sends by OTLP over HTTP, as a collector would whose patience with an idle connection always runs out as the next
/// message comes: it hangs up on what comes after <see cref="Idle"/>.
/// </summary>
sealed class Collector : IDisposable
{
    /// <summary>Shorter than the five seconds between two batches of spans.</summary>
    static readonly TimeSpan Idle = TimeSpan.FromSeconds(4);

    readonly HttpListener listener = new();
    readonly Dictionary<IPEndPoint, long> answered = [];
    readonly ConcurrentQueue<(string Path, string Body)> taken = [];

    public Collector()
    {
        using (var probe = new TcpListener(IPAddress.Loopback, 0))
        {
            probe.Start();
            Address = $"http://127.0.0.1:{((IPEndPoint)probe.LocalEndpoint).Port}";
        }
        listener.Prefixes.Add(Address + "/");
        listener.Start();
        new Thread(Serve) { IsBackground = true }.Start(); // of its own, since other tests hold the pool's threads while they wait
    }

    public string Address { get; }

    /// <summary>All that was sent to a path. Names inside protobuf are plain UTF-8.</summary>
    public string Sent(string path) => string.Concat(taken.Where(message => message.Path == path).Select(message => message.Body));

    public void Dispose() => listener.Close();

    void Serve()
    {
        try
        {
            while (true) Take(listener.GetContext());
        }
        catch (Exception closed) when (closed is HttpListenerException or ObjectDisposedException)
        {
        }
    }

    void Take(HttpListenerContext context)
    {
        try
        {
            var sender = context.Request.RemoteEndPoint;
            if (answered.TryGetValue(sender, out var before) && Stopwatch.GetElapsedTime(before) > Idle)
            {
                context.Response.Abort();
                return;
            }
            using var body = new MemoryStream();
            context.Request.InputStream.CopyTo(body);
            taken.Enqueue((context.Request.Url!.AbsolutePath, Encoding.UTF8.GetString(body.ToArray())));
            context.Response.Close();
            answered[sender] = Stopwatch.GetTimestamp();
        }
        catch (Exception broken) when (broken is HttpListenerException or IOException)
        {
            // A sender that gave up ends its own message, not the collector.
        }
    }
}
