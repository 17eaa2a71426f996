using Flow.Domain;
using Flow.Domain.Text;
using Flow.Jobs;
using Flow.Jobs.Engines;
using Flow.Jobs.Ledger;
using Flow.Jobs.Workers;

namespace Flow.Dashboard.Api;

/// <summary>Evaluations that recur: what there is, when it is due, what came of it, and changes to it.</summary>
static class RecurringApi
{
    /// <param name="NextMs">When it is due, milliseconds since 1970; null while it is paused or no worker has seen it.</param>
    /// <param name="Firings">The latest first.</param>
    public sealed record RecurrenceAnswer(
        string Name, string Cron, string TimeZone, string Evaluate, string Study, Misfire Misfire, bool Paused, long? NextMs, IReadOnlyList<Firing> Firings);

    /// <param name="Study">Name or identity of a study that this store has run, or else a named study.</param>
    /// <param name="Evaluate">latest, all, or the label of one run.</param>
    public sealed record Wanted(string Study, string Cron, string TimeZone = "UTC", string Evaluate = RecurringEvaluation.Latest, Misfire Misfire = Misfire.Once);

    public static void Map(RouteGroupBuilder api)
    {
        var recurring = api.MapGroup("/recurring").WithTags("recurring");
        recurring.MapGet("", List).WithSummary("What recurs, with its history");
        var change = recurring.MapGroup("/{name}").RequireAuthorization(Role.Operator);
        change.MapPut("", Put).WithSummary("Add one, or change the one of that name");
        change.MapDelete("", (string name, LedgerDatabase ledger, CancellationToken cancel) => new Recurrences(ledger).Remove(name, cancel)).WithSummary("End it; its history stays");
        change.MapPost("/pause", (string name, LedgerDatabase ledger, CancellationToken cancel) => new Recurrences(ledger).Pause(name, true, cancel)).WithSummary("Fire no more until it is resumed");
        change.MapPost("/resume", (string name, LedgerDatabase ledger, CancellationToken cancel) => new Recurrences(ledger).Pause(name, false, cancel)).WithSummary("Fire again");
        change.MapPost("/run", (string name, LedgerDatabase ledger, CancellationToken cancel) => new Recurrences(ledger).Request(name, cancel)).WithSummary("Fire once, now");
    }

    static async Task<IReadOnlyList<RecurrenceAnswer>> List(LedgerDatabase ledger, CancellationToken cancel)
    {
        var recurrences = new Recurrences(ledger);
        var answers = new List<RecurrenceAnswer>();
        foreach (var one in await recurrences.All(cancel))
            answers.Add(new RecurrenceAnswer(
                one.Name, one.Cron, one.TimeZone, one.Evaluate, one.Study, one.Misfire, one.Paused, one.NextMs, await recurrences.Firings(one.Name, cancel: cancel)));
        return answers;
    }

    static async Task Put(string name, Wanted wanted, Lab lab, LedgerDatabase ledger, CancellationToken cancel)
    {
        if (name.Trim().Length is 0 or > 60) throw new BadInputException("name: give 1 to 60 characters");
        var (study, folder) = PlansApi.Recorded(lab, wanted.Study) is { } recorded ? (recorded.Plan.Study, recorded.BaseFolder) : Library(wanted.Study);
        await new Recurrences(ledger).Add(new Recurrence
        {
            Name = name,
            Cron = wanted.Cron,
            TimeZone = wanted.TimeZone,
            Evaluate = wanted.Evaluate,
            Study = study.Name,
            Spec = SpecWriter.Write(study.Spec).ToString(),
            BaseFolder = folder,
            Misfire = wanted.Misfire,
        }, cancel);
    }

    static (Domain.Studies.Study Study, string Folder) Library(string name)
    {
        var file = StudiesApi.Named(name);
        return (file.Read(null), file.Folder);
    }
}
