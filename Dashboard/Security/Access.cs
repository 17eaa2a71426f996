using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.DataProtection;

namespace Flow.Dashboard.Security;

/// <summary>
/// Who may do what. Without tokens everybody who reaches the loopback address is the operator; with tokens a program sends one as a Bearer
/// and a browser exchanges it, or what a provider of OpenID Connect says of its person, for a session cookie. Reading needs the viewer's role, changing the operator's, which includes the viewer's.
/// </summary>
public static class Access
{
    const string Chooser = "flow";
    public const string Session = CookieAuthenticationDefaults.AuthenticationScheme;

    public static void Add(IServiceCollection services, DashboardOptions options)
    {
        // Sessions end with the process: nothing on disk can forge one.
        services.AddDataProtection().UseEphemeralDataProtectionProvider();
        services.AddSingleton<Guesses>();
        var schemes = services.AddAuthentication(Chooser)
            .AddPolicyScheme(Chooser, null, chooser => chooser.ForwardDefaultSelector = context =>
                options.Open || context.Request.Headers.Authorization.Count > 0 ? TokenScheme.Name : Session)
            .AddScheme<AuthenticationSchemeOptions, TokenScheme>(TokenScheme.Name, null)
            .AddCookie(Session, cookie => Shape(cookie, options));
        if (options.OpenId is { } provider) schemes.AddOpenIdConnect(OpenIdProvider.Scheme, provider.Configure);
        services.AddAuthorizationBuilder()
            .AddPolicy(Role.Viewer, policy => policy.RequireRole(Role.Viewer, Role.Operator))
            .AddPolicy(Role.Operator, policy => policy.RequireRole(Role.Operator));
    }

    public static ClaimsPrincipal Principal(string name, string role, string scheme) =>
        new(new ClaimsIdentity([new Claim(ClaimTypes.Name, name), new Claim(ClaimTypes.Role, role)], scheme));

    static void Shape(CookieAuthenticationOptions cookie, DashboardOptions options)
    {
        cookie.Cookie.Name = options.Tls ? "__Host-flow" : "flow";
        cookie.Cookie.HttpOnly = true;
        cookie.Cookie.SameSite = SameSiteMode.Strict;
        cookie.Cookie.SecurePolicy = options.Tls ? CookieSecurePolicy.Always : CookieSecurePolicy.SameAsRequest;
        cookie.ExpireTimeSpan = TimeSpan.FromHours(12);
        // The pages show their own form; an API answers with a status.
        cookie.Events.OnRedirectToLogin = context =>
        {
            if (!EnginePages.Owns(context.Request.Path)) return Status(context.Response, StatusCodes.Status401Unauthorized);
            context.Response.Redirect("/");
            return Task.CompletedTask;
        };
        cookie.Events.OnRedirectToAccessDenied = context => Status(context.Response, StatusCodes.Status403Forbidden);
    }

    static Task Status(HttpResponse response, int status)
    {
        response.StatusCode = status;
        return Task.CompletedTask;
    }
}
