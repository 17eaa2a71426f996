using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace Flow.Dashboard.Security;

/// <summary>A program's token in the header "Authorization: Bearer ..."; where there are no tokens, everybody is the operator.</summary>
sealed class TokenScheme(IOptionsMonitor<AuthenticationSchemeOptions> schemes, ILoggerFactory logs, UrlEncoder encoder, DashboardOptions options)
    : AuthenticationHandler<AuthenticationSchemeOptions>(schemes, logs, encoder)
{
    public const string Name = "token";
    const string Bearer = "Bearer ";

    protected override Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (options.Open) return Task.FromResult(In("local", Role.Operator));
        var header = Request.Headers.Authorization.ToString();
        if (!header.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase)) return Task.FromResult(AuthenticateResult.NoResult());
        return Task.FromResult(options.Tokens.RoleOf(header[Bearer.Length..].Trim()) is { } role
            ? In(role, role)
            : AuthenticateResult.Fail("this token was given to nobody"));
    }

    static AuthenticateResult In(string name, string role) => AuthenticateResult.Success(new AuthenticationTicket(Access.Principal(name, role, Name), Name));
}
