using System.Text.Json;
using Flow.Domain;
using Flow.Domain.Planning;
using Flow.Domain.Studies;
using Flow.Domain.Text;
using Flow.Jobs;
using Flow.Jobs.Ledger;
using LanguageExt;

namespace Flow.Dashboard.Api;

/// <summary>The named studies; looking at one, named or pasted, before it runs; and asking for it to be run.</summary>
static class StudiesApi
{
    const string Pasted = "pasted";

    /// <param name="Scales">Names of the scales that the file defines; none when it has one only.</param>
    public sealed record NamedStudy(string Name, string Claim, string Source, string Cost, string Command, IReadOnlyList<string> Scales);

    public sealed record NamedText(string Name, string Text, IReadOnlyList<string> Scales);

    /// <param name="Study">A named study; none where <paramref name="Spec"/> is given.</param>
    /// <param name="Spec">The text of a study's file.</param>
    public sealed record Asked(string? Study = null, string? Spec = null, string? Scale = null, string Device = "H100", double Mfu = 0.4, double? Price = null);

    /// <param name="MaxParallel">At most so many of its trainings at once.</param>
    public sealed record Submitted(string? Study = null, string? Spec = null, string? Scale = null, Priority Priority = Priority.Normal, int? MaxParallel = null);

    /// <summary>What is wrong with a study, or what it comes to.</summary>
    /// <param name="Spec">The whole spec in canonical form, and its form; none when the text can't be read.</param>
    /// <param name="Steps">How many steps it has, and how many of them this store has already.</param>
    public sealed record Checked(
        string? Name, JsonElement? Spec, Field? Form, IReadOnlyList<Mistake> Mistakes, int Runs, int Steps, int Done, IReadOnlyList<RunAnswer> RunCosts, CostAnswer? Total, IReadOnlyList<string> Unknown);

    public sealed record RunAnswer(string Run, string Model, CostAnswer? Cost);

    public sealed record Field(string Path, string Name, string Kind, JsonElement? Value, bool Optional, IReadOnlyList<string> Choices, IReadOnlyList<Field> Fields);

    public sealed record Receipt(string Id, string Name);

    public static void Map(RouteGroupBuilder api)
    {
        var studies = api.MapGroup("/studies").WithTags("studies");
        studies.MapGet("", () => StudyFile.Named().Select(path => Describe(StudyFile.Find(path)))).WithSummary("The named studies and what they claim");
        studies.MapGet("/{name}", (string name) => Text(Named(name))).WithSummary("The file of a named study");
        studies.MapPost("/check", (Asked asked, Lab lab) => Check(asked, lab)).WithSummary("What is wrong with a study, or its form, plan and cost");
        studies.MapPost("/submit", (Submitted asked, Lab lab, LedgerDatabase ledger, CancellationToken cancel) => Submit(asked, lab, ledger, cancel))
            .RequireAuthorization(Role.Operator).WithSummary("Put a study into the queue");
        api.MapGet("/devices", () => Domain.Compute.Device.Known.Map(device => new { device.Name, device.PeakTflops })).WithTags("studies").WithSummary("Devices that costs can be priced on");
    }

    static NamedStudy Describe(StudyFile file) => StudyText.ReadSpec(file.Text).Match(
        Succ: spec => new NamedStudy(file.Name, spec.Claim, spec.Source, spec.Cost, spec.Command, Scales(file)),
        Fail: mistakes => new NamedStudy(file.Name, string.Join("; ", mistakes), "", "", "", []));

    static NamedText Text(StudyFile file) => new(file.Name, file.Text, Scales(file));

    static string[] Scales(StudyFile file) => [.. StudyText.ScalesOf(file.Text).IfFail([])];

    /// <summary>Only by name: an address opens no file of this machine.</summary>
    internal static StudyFile Named(string name) => StudyFile.Named().FirstOrDefault(path => Path.GetFileNameWithoutExtension(path) == name) is { } path
        ? StudyFile.Find(path)
        : throw new BadInputException($"no named study '{name}': {Spelling.Unknown(name, StudyFile.Named().Select(path => Path.GetFileNameWithoutExtension(path)))}");

    static StudyFile Given(string? study, string? spec) => spec is not null
        ? new StudyFile(Path.Combine(StudyFile.Library, Pasted), spec)
        : Named(study ?? throw new BadInputException("give the name of a study, or a spec"));

    static Checked Check(Asked asked, Lab lab)
    {
        var proposal = Proposal.Of(lab, Given(asked.Study, asked.Spec).Text, asked.Scale is null ? Prelude.None : Prelude.Some(asked.Scale), new Priced(asked.Device, asked.Mfu, asked.Price).Placed());
        return new Checked(
            proposal.Spec.MatchUnsafe<string?>(spec => spec.Name, () => null),
            proposal.Spec.MatchUnsafe<JsonElement?>(spec => Element(SpecWriter.Write(spec)), () => null),
            proposal.Spec.MatchUnsafe<Field?>(spec => Of(SpecForm.Of(spec)), () => null),
            [.. proposal.Mistakes.Map(m => new Mistake(m.Path, m.Given, m.Allowed))],
            proposal.Plan.Map(plan => plan.Runs.Count).IfNone(0),
            proposal.Plan.Map(plan => plan.Steps.Count).IfNone(0),
            proposal.Done,
            [.. proposal.Cost.Map(cost => cost.Runs.Map(run => new RunAnswer(run.Label, run.Model, CostAnswer.Of(run.Alone)))).IfNone([])],
            CostAnswer.Of(proposal.Cost.Bind(cost => cost.Total)),
            [.. proposal.Cost.Map(cost => cost.Unknown).IfNone([])]);
    }

    static async Task<Receipt> Submit(Submitted asked, Lab lab, LedgerDatabase ledger, CancellationToken cancel)
    {
        var file = Given(asked.Study, asked.Spec);
        var plan = Plan.Of(file.Read(asked.Scale));
        if (asked.MaxParallel < 1) throw new BadInputException($"max_parallel: {asked.MaxParallel} is not positive");
        return new Receipt(await new Submissions(ledger, lab).Submit(plan, file.Folder, new SubmitOptions(asked.Priority, asked.MaxParallel), cancel: cancel), plan.Study.Name);
    }

    static Field Of(FormField field) => new(
        field.Path, field.Name, Spelling.Kebab(field.Kind.ToString()), field.Value.MatchUnsafe<JsonElement?>(value => Element(value), () => null), field.Optional, [.. field.Choices], [.. field.Fields.Map(Of)]);

    internal static JsonElement Element(Json json) => JsonDocument.Parse(json.ToString()).RootElement;
}
