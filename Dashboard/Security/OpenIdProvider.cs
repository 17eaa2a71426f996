using System.Security.Claims;
using Flow.Domain;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;

namespace Flow.Dashboard.Security;

/// <summary>A provider of OpenID Connect that people log in with, and whom of them it lets in: by their groups, roles or verified e-mail address.</summary>
/// <param name="Operators">Groups, roles or addresses; "*" is everybody whom the provider knows.</param>
public sealed record OpenIdProvider(Uri Issuer, string Client, string Secret, IReadOnlyCollection<string> Operators, IReadOnlyCollection<string> Viewers)
{
    public const string Scheme = "openid";

    /// <summary>Where the browser comes back to; the provider has to know it of this client.</summary>
    public const string Callback = "/oidc/callback";

    const string Everybody = "*";
    static readonly string[] Telling = ["groups", "roles", "role"];

    /// <summary>FLOW_OIDC_ISSUER, FLOW_OIDC_CLIENT, FLOW_OIDC_SECRET or FLOW_OIDC_SECRET_FILE, FLOW_OIDC_OPERATORS and FLOW_OIDC_VIEWERS; null where no issuer is named.</summary>
    /// <exception cref="BadInputException">Something is missing that a login needs.</exception>
    public static OpenIdProvider? FromEnvironment()
    {
        if (Environment.GetEnvironmentVariable("FLOW_OIDC_ISSUER") is not { Length: > 0 } issuer) return null;
        if (!Uri.TryCreate(issuer, UriKind.Absolute, out var address) || (address.Scheme != Uri.UriSchemeHttps && !(address.Scheme == Uri.UriSchemeHttp && address.IsLoopback)))
            throw new BadInputException($"FLOW_OIDC_ISSUER: '{issuer}' is no address such as https://login.example/realms/lab");
        var (operators, viewers) = (Listed("FLOW_OIDC_OPERATORS"), Listed("FLOW_OIDC_VIEWERS"));
        if (operators.Length + viewers.Length == 0) throw new BadInputException("FLOW_OIDC_OPERATORS, FLOW_OIDC_VIEWERS: name groups, roles or e-mail addresses in one of them, or nobody gets in");
        return new OpenIdProvider(address, Needed("FLOW_OIDC_CLIENT"), Needed("FLOW_OIDC_SECRET"), operators, viewers);
    }

    static string Needed(string name) => AccessTokens.Given(name) ?? throw new BadInputException($"{name}: FLOW_OIDC_ISSUER is given, so this is needed too");

    static string[] Listed(string name) => (Environment.GetEnvironmentVariable(name) ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    /// <summary>The role of somebody whom the provider has let in; null for nobody's.</summary>
    public string? RoleOf(ClaimsPrincipal person)
    {
        var said = person.Claims.Where(claim => Telling.Contains(claim.Type)).Select(claim => claim.Value).ToHashSet(StringComparer.Ordinal);
        // An address that anybody may write into a profile is nobody's.
        if (person.FindFirst("email") is { } email && string.Equals(person.FindFirst("email_verified")?.Value, "true", StringComparison.OrdinalIgnoreCase)) said.Add(email.Value);
        bool Among(IReadOnlyCollection<string> named) => named.Contains(Everybody) || said.Overlaps(named);
        return Among(Operators) ? Role.Operator : Among(Viewers) ? Role.Viewer : null;
    }

    /// <summary>The authorization code flow with PKCE; what comes back is exchanged for a session as a token's is.</summary>
    public void Configure(OpenIdConnectOptions login)
    {
        login.Authority = Issuer.ToString();
        login.RequireHttpsMetadata = Issuer.Scheme == Uri.UriSchemeHttps;
        (login.ClientId, login.ClientSecret) = (Client, Secret);
        (login.ResponseType, login.ResponseMode) = ("code", "query");
        login.CallbackPath = Callback;
        login.SignInScheme = Access.Session;
        login.MapInboundClaims = false;
        login.GetClaimsFromUserInfoEndpoint = true;
        foreach (var claim in (string[])[.. Telling, "email", "email_verified"]) login.ClaimActions.MapJsonKey(claim, claim);
        login.Scope.Add("email");
        foreach (var cookie in (CookieBuilder[])[login.CorrelationCookie, login.NonceCookie])
            (cookie.SameSite, cookie.SecurePolicy) = (SameSiteMode.Lax, CookieSecurePolicy.SameAsRequest);
        login.Events.OnTicketReceived = received =>
        {
            var person = received.Principal!;
            if (RoleOf(person) is { } role)
                received.Principal = Access.Principal((person.FindFirst("preferred_username") ?? person.FindFirst("email") ?? person.FindFirst("sub"))?.Value ?? role, role, Access.Session);
            else
                Refuse(received, "nobody");
            return Task.CompletedTask;
        };
        login.Events.OnRemoteFailure = failed =>
        {
            Refuse(failed, "failed");
            return Task.CompletedTask;
        };
    }

    /// <summary>The form says it in words.</summary>
    static void Refuse(HandleRequestContext<RemoteAuthenticationOptions> context, string why)
    {
        context.HandleResponse();
        context.Response.Redirect($"/?login={why}");
    }
}
