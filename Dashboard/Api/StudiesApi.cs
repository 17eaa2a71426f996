using Flow.Domain;
using Flow.Domain.Studies;
using Flow.Jobs;

namespace Flow.Dashboard.Api;

/// <summary>The named studies, and asking for one to be run.</summary>
static class StudiesApi
{
    /// <param name="Scales">Names of the scales that the file defines; none when it has one only.</param>
    public sealed record NamedStudy(string Name, string Claim, string Source, string Cost, string Command, IReadOnlyList<string> Scales);

    public sealed record StudyAsked(string Study, string? Scale);

    public static void Map(RouteGroupBuilder api)
    {
        var studies = api.MapGroup("/studies").WithTags("studies");
        studies.MapGet("", () => StudyFile.Named().Select(path => Describe(StudyFile.Find(path)))).WithSummary("The named studies and what they claim");
        studies.MapPost("/run", Run).RequireAuthorization(Role.Operator).WithSummary("Run a named study");
    }

    static NamedStudy Describe(StudyFile file) => StudyText.ReadSpec(file.Text).Match(
        Succ: spec => new NamedStudy(file.Name, spec.Claim, spec.Source, spec.Cost, spec.Command, [.. StudyText.ScalesOf(file.Text).IfFail([])]),
        Fail: mistakes => new NamedStudy(file.Name, string.Join("; ", mistakes), "", "", "", []));

    static IResult Run(StudyAsked asked, StudyQueue queue)
    {
        if (!StudyFile.Named().Any(path => Path.GetFileNameWithoutExtension(path) == asked.Study)) throw new BadInputException($"no named study '{asked.Study}'");
        StudyFile.Find(asked.Study).Read(asked.Scale);
        return queue.Ask(asked.Study, asked.Scale) ? Results.Accepted() : Results.Json(new Refusal("64 studies are waiting already"), statusCode: StatusCodes.Status429TooManyRequests);
    }
}
