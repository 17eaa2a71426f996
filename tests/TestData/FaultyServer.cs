using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Logging;

namespace Flow.TestData;

/// <summary>What a server does instead of giving a file.</summary>
public abstract record Fault
{
    /// <summary>Answers with a status.</summary>
    public sealed record Status(int Code, string? RetryAfter = null) : Fault;

    /// <summary>Breaks the connection after so many bytes of the answer.</summary>
    public sealed record Cut(int After) : Fault;

    /// <summary>Falls silent after so many bytes, with the connection open.</summary>
    public sealed record Stall(int After) : Fault;

    /// <summary>Gives the whole file with one byte changed.</summary>
    public sealed record WrongByte(int At) : Fault;

    /// <summary>Gives the whole file although a part was asked for, and breaks the connection after so many bytes of it.</summary>
    public sealed record NoRanges(int After = int.MaxValue) : Fault;
}

/// <summary>A request as it arrived: the file, and the first byte asked for.</summary>
public sealed record SeenRequest(string Path, string Range, string Query);

/// <summary>A real HTTP server on a free port of this machine that serves a folder, with ranges, and with faults on demand.</summary>
public sealed class FaultyServer : IAsyncDisposable
{
    readonly WebApplication app;
    readonly ConcurrentDictionary<string, int> counts = new();

    FaultyServer(WebApplication app) => this.app = app;

    /// <summary>Without a last slash.</summary>
    public string Address => app.Urls.First();

    public ConcurrentQueue<SeenRequest> Seen { get; } = new();

    /// <summary>Given the path below the root and how often it was asked for before; null serves the file.</summary>
    public Func<string, int, Fault?> Faults { get; set; } = (_, _) => null;

    /// <summary>Refuses with 403 what it returns false for.</summary>
    public Func<HttpRequest, bool> Admits { get; set; } = _ => true;

    public static async Task<FaultyServer> Start(string folder)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddRouting();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var server = new FaultyServer(app);
        app.Use(server.Serve);
        app.UseStaticFiles(new StaticFileOptions { FileProvider = new PhysicalFileProvider(folder), ServeUnknownFileTypes = true });
        await app.StartAsync();
        return server;
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();

    async Task Serve(HttpContext context, RequestDelegate next)
    {
        var path = context.Request.Path.Value!.TrimStart('/');
        var before = counts.AddOrUpdate(path, 0, (_, count) => count + 1);
        Seen.Enqueue(new SeenRequest(path, context.Request.Headers.Range.ToString(), context.Request.QueryString.Value!));
        if (!Admits(context.Request))
        {
            context.Response.StatusCode = StatusCodes.Status403Forbidden;
            return;
        }
        switch (Faults(path, before))
        {
            case Fault.Status status:
                context.Response.StatusCode = status.Code;
                if (status.RetryAfter is not null) context.Response.Headers.RetryAfter = status.RetryAfter;
                break;
            case Fault.Cut cut:
                await Through(context, next, new ShortStream(context.Response.Body, cut.After, () => context.Abort()));
                break;
            case Fault.Stall stall:
                await Through(context, next, new ShortStream(context.Response.Body, stall.After, () => context.RequestAborted.WaitHandle.WaitOne(TimeSpan.FromSeconds(30))));
                break;
            case Fault.WrongByte wrong:
                await Through(context, next, new WrongStream(context.Response.Body, wrong.At));
                break;
            case Fault.NoRanges whole:
                context.Request.Headers.Range = default;
                await Through(context, next, new ShortStream(context.Response.Body, whole.After, () => context.Abort()));
                break;
            default:
                await next(context);
                break;
        }
    }

    static async Task Through(HttpContext context, RequestDelegate next, Stream body)
    {
        context.Response.Body = body;
        try
        {
            await next(context);
        }
        catch (IOException)
        {
            // The fault itself.
        }
    }
}
