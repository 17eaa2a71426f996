using Microsoft.Extensions.Primitives;

namespace Flow.Dashboard.Security;

/// <summary>
/// What every answer carries and every change must carry. A change needs a header that no form and no foreign script can set without this
/// server's leave, which it gives to nobody, and, where the browser names the page that sends it, a page of this server. What reads may cost
/// much (a query, a fit), so that a foreign page is not even answered where the browser tells of it.
/// </summary>
public static class Guard
{
    public const string ChangeHeader = "X-Flow-Request";

    const string Pages =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

    /// <summary>Pages of a job engine style their bars inline; they still run and fetch nothing of others.</summary>
    const string Engine = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

    /// <summary>A report is one self-contained page with pictures and drawings, and nothing in it may run.</summary>
    public const string Report = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; sandbox";

    public static RequestDelegate Wrap(RequestDelegate next, bool tls) => context =>
    {
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = EnginePages.Owns(context.Request.Path) ? Engine : Pages;
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(), payment=(), usb=()";
        if (tls) headers.StrictTransportSecurity = "max-age=31536000";
        if (context.Request.Path.StartsWithSegments("/api")) headers.CacheControl = "no-store";
        return Refusal(context.Request) is { } why ? Refuse(context.Response, why) : next(context);
    };

    static string? Refusal(HttpRequest request)
    {
        var foreign = Given(request.Headers["Sec-Fetch-Site"]) is { } site and not ("same-origin" or "none") ? site : null;
        if (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method))
            return foreign is not null && request.Path.StartsWithSegments("/api") ? $"a {foreign} page may ask nothing here" : null;
        if (!request.Headers.ContainsKey(ChangeHeader) && !EnginePages.Owns(request.Path)) return $"a request that changes something needs the header {ChangeHeader}";
        if (Given(request.Headers.Origin) is { } origin && !IsOwn(origin, request.Host)) return $"a page of {origin} may change nothing here";
        return foreign is not null ? $"a {foreign} page may change nothing here" : null;
    }

    /// <summary>By name and port: before a proxy with TLS the page's scheme is another than this server's.</summary>
    static bool IsOwn(string origin, HostString host) =>
        Uri.TryCreate(origin, UriKind.Absolute, out var page) && page.Scheme is ("http" or "https") && page.Authority.Equals(host.Value, StringComparison.OrdinalIgnoreCase);

    static string? Given(StringValues header) => header.Count == 0 ? null : header.ToString();

    static Task Refuse(HttpResponse response, string why)
    {
        response.StatusCode = StatusCodes.Status403Forbidden;
        return response.WriteAsJsonAsync(new { message = why });
    }
}
