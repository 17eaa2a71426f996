using Flow.Domain;
using Flow.Jobs;
using Flow.Storage.Engines;

namespace Flow.Dashboard;

/// <summary>
/// The pages and the JSON that they use. Loopback only; a request that changes something must carry a header that no foreign page can
/// set, and a Host of this machine, so that neither a cross-site form nor a rebound name reaches it.
/// </summary>
public static class DashboardServer
{
    const string Changes = "X-Flow-Request";

    public sealed record StudyAsked(string Study, string? Scale);

    /// <summary>The server, ready to run; its address is http://127.0.0.1:port.</summary>
    public static WebApplication Build(Lab lab, int port)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory, WebRootPath = "wwwroot" });
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls($"http://127.0.0.1:{port}");
        builder.Services.AddSingleton(lab).AddSingleton<Watch>().AddSingleton<StudyQueue>();
        builder.Services.AddHostedService(services => services.GetRequiredService<StudyQueue>());
        builder.Services.Configure<Microsoft.AspNetCore.HostFiltering.HostFilteringOptions>(o => o.AllowedHosts = ["127.0.0.1", "localhost"]);
        builder.Services.AddHostFiltering(_ => { });
        var app = builder.Build();
        app.UseHostFiltering();
        app.Use(Guard);
        app.UseDefaultFiles().UseStaticFiles();
        Map(app);
        return app;
    }

    static Task Guard(HttpContext context, RequestDelegate next)
    {
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; frame-ancestors 'self'; base-uri 'none'; form-action 'none'";
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        if (HttpMethods.IsGet(context.Request.Method) || context.Request.Headers.ContainsKey(Changes)) return next(context);
        context.Response.StatusCode = StatusCodes.Status403Forbidden;
        return context.Response.WriteAsync($"a request that changes something needs the header {Changes}");
    }

    static void Map(WebApplication app)
    {
        app.MapGet("/api/steps", (Watch watch) => watch.Now());
        app.MapGet("/api/live", (Watch watch, CancellationToken cancel) => TypedResults.ServerSentEvents(watch.Follow(cancel)));
        app.MapGet("/api/studies", () => StudyFile.Named().Select(path => Describe(StudyFile.Find(path))));
        app.MapPost("/api/run", (StudyAsked asked, StudyQueue queue) => Ask(asked, queue));
        app.MapGet("/api/query", (string sql, Lab lab, CancellationToken cancel) => Query(sql, lab, cancel));
        app.MapGet("/report/{step}", (string step, Lab lab) => Report(step, lab));
    }

    static object Describe(StudyFile file)
    {
        var spec = Flow.Domain.Studies.StudyText.ReadSpec(file.Text);
        return new { name = file.Name, claim = spec.Match(Succ: s => s.Claim, Fail: m => string.Join("; ", m)), cost = spec.Match(Succ: s => s.Cost, Fail: _ => "") };
    }

    static IResult Ask(StudyAsked asked, StudyQueue queue)
    {
        if (!StudyFile.Named().Any(path => Path.GetFileNameWithoutExtension(path) == asked.Study))
            return Results.BadRequest(new { message = $"no named study '{asked.Study}'" });
        try
        {
            StudyFile.Find(asked.Study).Read(asked.Scale);
            return queue.Ask(asked.Study, asked.Scale) ? Results.Accepted() : Results.StatusCode(StatusCodes.Status429TooManyRequests);
        }
        catch (BadInputException bad)
        {
            return Results.BadRequest(new { message = bad.Message });
        }
    }

    static IResult Query(string sql, Lab lab, CancellationToken cancel)
    {
        try
        {
            var table = lab.Results.Query(sql, 1000, cancel);
            return Results.Json(new { columns = table.Columns, rows = table.Rows, truncated = table.Truncated });
        }
        catch (SqlException wrong)
        {
            return Results.BadRequest(new { message = wrong.Message });
        }
    }

    static IResult Report(string step, Lab lab) => step.Length == 64 && step.All(char.IsAsciiHexDigitLower) && lab.Steps.Exists(step)
        && File.Exists(Path.Combine(lab.Steps.Open(step), "report.html"))
        ? Results.File(Path.Combine(lab.Steps.Open(step), "report.html"), "text/html")
        : Results.NotFound();
}
