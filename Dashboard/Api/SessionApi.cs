using System.Threading.RateLimiting;
using Flow.Dashboard.Security;
using Microsoft.AspNetCore.Authentication;

namespace Flow.Dashboard.Api;

/// <summary>Who is asking, and the exchange of a token for a session.</summary>
static class SessionApi
{
    const string Tries = "login";
    const int TriesAMinute = 20;

    public sealed record LoginAsked(string Token);

    /// <param name="Role">Null for somebody who has to log in first.</param>
    public sealed record Session(string? Name, string? Role, bool LoginNeeded);

    public static void Limit(IServiceCollection services) => services.AddRateLimiter(limiter =>
    {
        limiter.RejectionStatusCode = StatusCodes.Status429TooManyRequests;
        limiter.AddPolicy(Tries, context => RateLimitPartition.GetFixedWindowLimiter(
            context.Connection.RemoteIpAddress?.ToString() ?? "", _ => new FixedWindowRateLimiterOptions { PermitLimit = TriesAMinute, Window = TimeSpan.FromMinutes(1) }));
    });

    public static void Map(RouteGroupBuilder api)
    {
        api.MapGet("/session", Who).WithSummary("Who is asking and in which role");
        api.MapPost("/session", Enter).RequireRateLimiting(Tries).WithSummary("Exchange a token for a session cookie");
        api.MapDelete("/session", (Delegate)Leave).WithSummary("End the session");
    }

    static Session Who(HttpContext context, DashboardOptions options) => context.User.Identity is { IsAuthenticated: true, Name: var name }
        ? new Session(name, context.User.IsInRole(Role.Operator) ? Role.Operator : Role.Viewer, !options.Open)
        : new Session(null, null, LoginNeeded: true);

    static async Task<IResult> Enter(LoginAsked asked, HttpContext context, DashboardOptions options)
    {
        if (options.Tokens.RoleOf(asked.Token) is not { } role)
            return Results.Json(new Refusal("this token was given to nobody"), statusCode: StatusCodes.Status401Unauthorized);
        await context.SignInAsync(Access.Session, Access.Principal(role, role, Access.Session));
        return Results.Json(new Session(role, role, LoginNeeded: true));
    }

    static async Task<IResult> Leave(HttpContext context)
    {
        await context.SignOutAsync(Access.Session);
        return Results.NoContent();
    }
}
