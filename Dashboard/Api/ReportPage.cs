using Flow.Dashboard.Security;
using Flow.Jobs;

namespace Flow.Dashboard.Api;

/// <summary>The finished report of a study, as a page that can run nothing.</summary>
static class ReportPage
{
    public static void Map(WebApplication app) => app.MapGet("/report/{step}", (string step, Lab lab, HttpContext context) =>
    {
        if (StepFiles.Find(lab, step, "report.html") is not { } file) return Answers.Missing("this store has no such report");
        context.Response.Headers.ContentSecurityPolicy = Guard.Report;
        context.Response.Headers.XFrameOptions = "SAMEORIGIN";
        return Results.File(file, "text/html; charset=utf-8");
    }).RequireAuthorization(Role.Viewer).WithTags("studies").WithSummary("The report of a finished study")
        .Produces<string>(StatusCodes.Status200OK, "text/html").Produces<Refusal>(StatusCodes.Status404NotFound);
}
