using Flow.Jobs;
using Flow.Jobs.Steps;
using Flow.Jobs.Views;

namespace Flow.Dashboard.Api;

/// <summary>The pictures that evaluations keep: what was shown, what is true, what each sampler made of it.</summary>
static class GalleryApi
{
    public static void Map(RouteGroupBuilder api)
    {
        var gallery = api.MapGroup("/gallery").WithTags("gallery");
        gallery.MapGet("", (string? study, Lab lab, KnownStudies studies) => GalleryView.All(lab, studies, study)).WithSummary("Finished evaluations with pictures, of all studies or of one");
        gallery.MapGet("/{step}", (string step, Lab lab) => Index(step, lab)).WithSummary("A gallery: samples, and their predictions by sampler").Produces<GalleryIndex>().Produces<Refusal>(StatusCodes.Status404NotFound);
        gallery.MapGet("/{step}/{file}", (string step, string file, Lab lab, HttpContext context) => File(step, file, lab, context)).WithSummary("A picture (.png) or raw numbers (.npy) of a gallery")
            .Produces<Stream>(StatusCodes.Status200OK, "image/png", "application/octet-stream").Produces<Refusal>(StatusCodes.Status404NotFound);
    }

    static IResult Index(string step, Lab lab) =>
        StepFiles.IsName(step) && lab.Steps.Exists(step) && GalleryIndex.Of(lab.Steps.Open(step)) is { } index
            ? Results.Json(index)
            : Answers.Missing("this store has no gallery of such a step");

    static IResult File(string step, string file, Lab lab, HttpContext context)
    {
        if (StepFiles.Find(lab, step, Path.Combine("gallery", file)) is not { } path) return Answers.Missing("the gallery has no such file");
        // A finished step never changes.
        context.Response.Headers.CacheControl = "private, max-age=31536000, immutable";
        return path.EndsWith(".png", StringComparison.Ordinal) ? Results.File(path, "image/png") : Results.File(path, "application/octet-stream", Path.GetFileName(path));
    }
}
