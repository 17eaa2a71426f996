using Flow.Dashboard.Security;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Flow.Dashboard.Api;

/// <summary>Who is asking, and the exchange of a token for a session.</summary>
static class SessionApi
{
    public sealed record LoginAsked(string Token);

    /// <param name="Role">Null for somebody who has to log in first.</param>
    /// <param name="Provider">The host of the provider of OpenID Connect; null where there is none.</param>
    /// <param name="EnginePages">Where the job engine's own pages are; null for an engine without any.</param>
    public sealed record Session(string? Name, string? Role, bool LoginNeeded, bool TokensTaken, string? Provider, string? EnginePages);

    public static void Map(RouteGroupBuilder api)
    {
        api.MapGet("/session", Who).WithSummary("Who is asking and in which role");
        api.MapGet("/session/openid", Challenge).WithSummary("On to the provider of OpenID Connect, and back with a session").Produces(StatusCodes.Status302Found);
        api.MapPost("/session", Enter).WithSummary("Exchange a token for a session cookie");
        api.MapDelete("/session", (Delegate)Leave).WithSummary("End the session");
    }

    static Session Who(HttpContext context, DashboardOptions options) => context.User.Identity is { IsAuthenticated: true, Name: var name }
        ? Of(options, name, context.User.IsInRole(Role.Operator) ? Role.Operator : Role.Viewer)
        : Of(options, null, null);

    static Session Of(DashboardOptions options, string? name, string? role) => new(name, role, !options.Open, !options.Tokens.IsEmpty, options.OpenId?.Issuer.Host, Dashboard.EnginePages.Any ? Dashboard.EnginePages.Path : null);

    static IResult Challenge(DashboardOptions options) => options.OpenId is null
        ? Answers.Missing("this server knows no provider of OpenID Connect")
        : Results.Challenge(new AuthenticationProperties { RedirectUri = "/" }, [OpenIdProvider.Scheme]);

    static async Task<Results<Ok<Session>, JsonHttpResult<Refusal>>> Enter(LoginAsked asked, HttpContext context, DashboardOptions options, Guesses guesses)
    {
        var judged = guesses.Judge(asked.Token, context);
        if (judged.TooMany) return TypedResults.Json(new Refusal(TokenScheme.TooMany), statusCode: StatusCodes.Status429TooManyRequests);
        if (judged.Role is not { } role) return TypedResults.Json(new Refusal(TokenScheme.Nobodys), statusCode: StatusCodes.Status401Unauthorized);
        await context.SignInAsync(Access.Session, Access.Principal(role, role, Access.Session));
        return TypedResults.Ok(Of(options, role, role));
    }

    static async Task<NoContent> Leave(HttpContext context)
    {
        await context.SignOutAsync(Access.Session);
        return TypedResults.NoContent();
    }
}
