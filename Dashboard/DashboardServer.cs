using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Text.Json.Serialization;
using Flow.Dashboard.Api;
using Flow.Dashboard.Security;
using Flow.Domain;
using Flow.Jobs;
using Flow.Jobs.Ledger;
using Flow.Jobs.Views;
using Flow.Storage.Sandbox;
using Microsoft.AspNetCore.HostFiltering;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace Flow.Dashboard;

/// <summary>The pages, and the JSON that they and remote commands use.</summary>
public static class DashboardServer
{
    const long LargestRequest = 1 << 20;

    /// <summary>The server, ready to run.</summary>
    /// <exception cref="BadInputException">It would let anybody on the network in, or its certificate can't be used.</exception>
    public static WebApplication Build(Lab lab, LedgerDatabase ledger, DashboardOptions asked)
    {
        var options = asked.Checked();
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.Logging.ClearProviders();
        Listen(builder.WebHost, options);
        builder.Services.AddSingleton(lab).AddSingleton(options).AddSingleton(ledger).AddSingleton(TimeProvider.System).AddSingleton<LedgerWatch>();
        builder.Services.AddSingleton(_ => new SqlSandbox(lab.Root, QueryApi.Limits));
        builder.Services.AddHostedService(services => services.GetRequiredService<LedgerWatch>());
        builder.Services.AddSingleton<KnownStudies>().AddHostedService<Tidying>();
        builder.Services.Configure<HostFilteringOptions>(hosts => hosts.AllowedHosts = AllowedHosts(options));
        builder.Services.ConfigureHttpJsonOptions(json => Shape(json.SerializerOptions));
        builder.Services.Configure<RouteHandlerOptions>(routes => routes.ThrowOnBadRequest = true); // else what can't be read is refused without a word
        builder.Services.AddOpenApi(ApiDocument.Shape);
        Access.Add(builder.Services, options);
        EnginePages.Add(builder.Services, lab, options);

        var app = builder.Build();
        // A proxy with TLS on this machine tells who asks, and that the way to it was safe; nobody else is believed.
        app.UseForwardedHeaders(new ForwardedHeadersOptions { ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto });
        app.UseHostFiltering();
        app.Use(next => Guard.Wrap(next, options.Tls));
        app.Use(Answers.Border);
        app.UseRouting();
        app.UseAuthentication();
        app.UseAuthorization();
        WebPages.Use(app);
        Map(app);
        return app;
    }

    static void Map(WebApplication app)
    {
        SessionApi.Map(app.MapGroup("/api").WithTags("session"));
        var api = app.MapGroup("/api").RequireAuthorization(Role.Viewer).Refusing();
        OverviewApi.Map(api);
        StudiesApi.Map(api);
        PlansApi.Map(api);
        JobsApi.Map(api);
        RecurringApi.Map(api);
        LiveApi.Map(api);
        QueryApi.Map(api);
        DataApi.Map(api);
        RunsApi.Map(api);
        PipelinesApi.Map(api);
        LawsApi.Map(api);
        GalleryApi.Map(api);
        app.MapOpenApi("/api/openapi.json").RequireAuthorization(Role.Viewer);
        ReportPage.Map(app);
        EnginePages.Map(app);
    }

    static void Shape(JsonSerializerOptions json)
    {
        json.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower;
        json.DictionaryKeyPolicy = null;
        json.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower));
        json.NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals;
        json.RespectRequiredConstructorParameters = true;
        json.RespectNullableAnnotations = true;
    }

    static void Listen(ConfigureWebHostBuilder host, DashboardOptions options) => host.UseKestrelCore().ConfigureKestrel(kestrel =>
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = LargestRequest;
        kestrel.Listen(options.Address, options.Port, listen =>
        {
            if (Certificate(options) is { } certificate) listen.UseHttps(new HttpsConnectionAdapterOptions { ServerCertificate = certificate });
        });
    }).UseKestrelHttpsConfiguration();

    static X509Certificate2? Certificate(DashboardOptions options)
    {
        if (options.Certificate is not { } path) return null;
        if (!File.Exists(path)) throw new BadInputException($"--certificate: there is no file {path}");
        try
        {
            return path.EndsWith(".pfx", StringComparison.OrdinalIgnoreCase)
                ? X509CertificateLoader.LoadPkcs12FromFile(path, null)
                : X509Certificate2.CreateFromPemFile(path, options.Key);
        }
        catch (System.Security.Cryptography.CryptographicException wrong)
        {
            throw new BadInputException($"--certificate: {path} can't be used: {wrong.Message}");
        }
    }

    /// <summary>A rebound name would make a foreign page same-origin with an open server; a session cookie belongs to the name it was given for.</summary>
    static List<string> AllowedHosts(DashboardOptions options)
    {
        List<string> loopback = ["127.0.0.1", "localhost", "[::1]"];
        if (options.Hosts is { Count: > 0 } named) return [.. loopback, .. named];
        return options.Open ? loopback : ["*"];
    }
}
