using Microsoft.Extensions.FileProviders;

namespace Flow.Dashboard;

/// <summary>The bundled pages inside this assembly. Every address that is neither a file nor of the API is a page of the one application.</summary>
static class WebPages
{
    const string Index = "index.html";

    public static void Use(WebApplication app)
    {
        var files = new EmbeddedFileProvider(typeof(WebPages).Assembly, "Flow.Dashboard.Pages");
        app.UseStaticFiles(new StaticFileOptions { FileProvider = files, OnPrepareResponse = file => file.Context.Response.Headers.CacheControl = "no-cache" });
        app.MapFallback("{*page:nonfile}", (HttpContext context) =>
        {
            context.Response.Headers.CacheControl = "no-cache";
            return TypedResults.Stream(files.GetFileInfo(Index).CreateReadStream(), "text/html; charset=utf-8");
        }).ExcludeFromDescription();
        app.Map("/api/{**rest}", () => Results.Json(new { message = "the API has no such address; /api/openapi.json lists all" }, statusCode: StatusCodes.Status404NotFound)).ExcludeFromDescription();
    }
}
