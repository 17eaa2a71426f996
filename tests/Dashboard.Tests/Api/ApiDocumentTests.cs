using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Flow.Dashboard.Tests.Api;

/// <summary>The OpenAPI document names every address that the server has, with what it takes and gives.</summary>
public sealed partial class ApiDocumentTests(ServedOnce once) : IClassFixture<ServedOnce>
{
    static readonly string[] OutsideOfIt = ["/api/openapi.json", "/api/{**rest}"];

    readonly Served served = once.Served;

    [Fact]
    public async Task EveryAddress_IsDescribed()
    {
        var document = await served.Get("/api/openapi.json");
        var described = document.GetProperty("paths").EnumerateObject().SelectMany(path => path.Value.EnumerateObject().Select(verb => $"{verb.Name.ToUpperInvariant()} {path.Name}"));
        var known = served.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Select(endpoint => (Path: "/" + endpoint.RoutePattern.RawText!.Trim('/'), Verbs: endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? []))
            .Where(endpoint => endpoint.Path.StartsWith("/api/", StringComparison.Ordinal) && !OutsideOfIt.Contains(endpoint.Path))
            .SelectMany(endpoint => endpoint.Verbs.Select(verb => $"{verb} {endpoint.Path}"));
        Assert.Equal(known.Order(), described.Where(entry => entry.Contains(" /api/", StringComparison.Ordinal)).Order());
    }

    [Fact]
    public async Task EveryAnswer_HasAShape_AndEveryReferenceIsThere()
    {
        var document = await served.Get("/api/openapi.json");
        var shapeless = from path in document.GetProperty("paths").EnumerateObject()
                        from verb in path.Value.EnumerateObject()
                        where !verb.Value.TryGetProperty("summary", out _) || verb.Value.GetProperty("responses").EnumerateObject().All(answer => Bare(answer, verb.Name))
                        select $"{verb.Name} {path.Name}";
        Assert.Empty(shapeless);
        var schemas = document.GetProperty("components").GetProperty("schemas");
        Assert.All(Reference().Matches(document.GetRawText()), match => Assert.True(schemas.TryGetProperty(match.Groups[1].Value, out _), match.Value));
    }

    /// <summary>An answer that is neither content nor says by its status that it has none.</summary>
    static bool Bare(JsonProperty answer, string verb) => answer.Name.StartsWith('4') || (answer.Name == "200" && verb == "get" && !answer.Value.TryGetProperty("content", out _));

    [GeneratedRegex(@"#/components/schemas/([^""]+)")]
    private static partial Regex Reference();
}
