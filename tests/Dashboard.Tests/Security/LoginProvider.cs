using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Flow.Dashboard.Tests.Security;

/// <summary>A provider of OpenID Connect on a free port: it knows one person, who is always logged in there, and keeps to the code flow with PKCE.</summary>
public sealed class LoginProvider : IAsyncDisposable
{
    public const string Client = "flow", Secret = "secret of the client";

    readonly WebApplication app;
    readonly RsaSecurityKey key = new(RSA.Create(2048)) { KeyId = "one" };
    readonly Dictionary<string, (string Nonce, string Challenge)> codes = [];

    LoginProvider()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        app = builder.Build();
    }

    public Uri Issuer => new(app.Urls.First());

    /// <summary>What it says of the person.</summary>
    public Dictionary<string, object> Person { get; } = new() { ["sub"] = "ada", ["preferred_username"] = "ada" };

    public static async Task<LoginProvider> Start()
    {
        var provider = new LoginProvider();
        provider.app.Urls.Add("http://127.0.0.1:0");
        provider.Map();
        await provider.app.StartAsync();
        return provider;
    }

    void Map()
    {
        app.MapGet("/.well-known/openid-configuration", () => new Dictionary<string, object>
        {
            ["issuer"] = Own(""),
            ["authorization_endpoint"] = Own("/authorize"),
            ["token_endpoint"] = Own("/token"),
            ["userinfo_endpoint"] = Own("/userinfo"),
            ["jwks_uri"] = Own("/keys"),
            ["response_types_supported"] = new[] { "code" },
            ["id_token_signing_alg_values_supported"] = new[] { "RS256" },
        });
        app.MapGet("/keys", () => Results.Text(System.Text.Json.JsonSerializer.Serialize(new { keys = new[] { Public() } }), "application/json"));
        app.MapGet("/authorize", (HttpRequest asked) =>
        {
            var code = Guid.NewGuid().ToString("N");
            codes[code] = (asked.Query["nonce"].ToString(), asked.Query["code_challenge"].ToString());
            return Results.Redirect(QueryHelpers.AddQueryString(asked.Query["redirect_uri"].ToString(), new Dictionary<string, string?> { ["code"] = code, ["state"] = asked.Query["state"].ToString() }));
        });
        app.MapPost("/token", async (HttpRequest asked) =>
        {
            var form = await asked.ReadFormAsync();
            var proof = Base64UrlEncoder.Encode(SHA256.HashData(Encoding.ASCII.GetBytes(form["code_verifier"].ToString())));
            return form["client_secret"] == Secret && codes.Remove(form["code"].ToString(), out var given) && given.Challenge == proof
                ? Results.Json(new { access_token = "of-ada", token_type = "Bearer", id_token = Signed(given.Nonce) })
                : Results.Json(new { error = "invalid_grant" }, statusCode: 400);
        });
        app.MapGet("/userinfo", () => Person);
    }

    string Own(string path) => Issuer.ToString().TrimEnd('/') + path;

    object Public()
    {
        var numbers = key.Rsa.ExportParameters(false);
        return new { kty = "RSA", use = "sig", alg = "RS256", kid = key.KeyId, n = Base64UrlEncoder.Encode(numbers.Modulus), e = Base64UrlEncoder.Encode(numbers.Exponent) };
    }

    string Signed(string nonce) => new JsonWebTokenHandler().CreateToken(new SecurityTokenDescriptor
    {
        Issuer = Own(""),
        Audience = Client,
        Expires = DateTime.UtcNow.AddMinutes(5),
        Claims = new Dictionary<string, object>(Person) { ["nonce"] = nonce },
        SigningCredentials = new SigningCredentials(key, SecurityAlgorithms.RsaSha256),
    });

    public ValueTask DisposeAsync() => app.DisposeAsync();
}
