using System.Text.Encodings.Web;
using Flow.Dashboard.Api;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace Flow.Dashboard.Security;

/// <summary>A program's token in the header "Authorization: Bearer ..."; where there are no tokens, everybody is the operator.</summary>
sealed class TokenScheme(IOptionsMonitor<AuthenticationSchemeOptions> schemes, ILoggerFactory logs, UrlEncoder encoder, DashboardOptions options, Guesses guesses)
    : AuthenticationHandler<AuthenticationSchemeOptions>(schemes, logs, encoder)
{
    public const string Name = "token";
    public const string Nobodys = "this token was given to nobody";
    public const string TooMany = "too many wrong tokens came from this address: wait a minute";
    const string Bearer = "Bearer ";

    Guesses.Verdict judged;

    protected override Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (options.Open) return Task.FromResult(In("local", Role.Operator));
        var header = Request.Headers.Authorization.ToString();
        if (!header.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase)) return Task.FromResult(AuthenticateResult.NoResult());
        judged = guesses.Judge(header[Bearer.Length..].Trim(), Context);
        return Task.FromResult(judged.Role is { } role ? In(role, role) : AuthenticateResult.Fail(judged.TooMany ? TooMany : Nobodys));
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        if (!judged.TooMany) return base.HandleChallengeAsync(properties);
        Response.StatusCode = StatusCodes.Status429TooManyRequests;
        return Response.WriteAsJsonAsync(new Refusal(TooMany));
    }

    static AuthenticateResult In(string name, string role) => AuthenticateResult.Success(new AuthenticationTicket(Access.Principal(name, role, Name), Name));
}
