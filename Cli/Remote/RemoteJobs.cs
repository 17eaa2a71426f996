using Flow.Jobs.Ledger;

namespace Flow.Cli.Remote;

/// <summary>The jobs of a server elsewhere, as its ledger's own view would give them.</summary>
public sealed class RemoteJobs(RemoteServer server)
{
    sealed record JobAnswer(StudyJob Study, IReadOnlyList<StepJob> Steps);

    sealed record StepAnswer(IReadOnlyList<StepEvent> Events);

    sealed record Reached(int Steps);

    public Task<IReadOnlyList<StudyJob>> Studies(CancellationToken cancel) => server.Get<IReadOnlyList<StudyJob>>("jobs", cancel);

    public Task<IReadOnlyList<WorkerJob>> Workers(CancellationToken cancel) => server.Get<IReadOnlyList<WorkerJob>>("jobs/workers", cancel);

    public Task<IReadOnlyList<StepJob>> Steps(string? study, IReadOnlyCollection<JobState>? states, CancellationToken cancel) => server.Get<IReadOnlyList<StepJob>>(
        $"jobs/steps?study={study}&states={string.Join(',', states ?? [])}", cancel);

    /// <summary>A study and no step, or a step's study and the step.</summary>
    public async Task<(StudyJob Study, StepJob? Step)> Find(string named, CancellationToken cancel)
    {
        var found = await server.Get<JobAnswer>($"jobs/{Uri.EscapeDataString(named)}", cancel);
        // A study of one step has that step in its answer too.
        var isStudy = found.Study.Name == named || found.Study.Id.StartsWith(named, StringComparison.Ordinal);
        return (found.Study, !isStudy && found.Steps is [var only] ? only : null);
    }

    public async Task<IReadOnlyList<StepEvent>> Events(string step, CancellationToken cancel) => (await server.Get<StepAnswer>($"jobs/steps/{step}", cancel)).Events;

    public async Task<IReadOnlyList<string>> Log(string step, CancellationToken cancel) =>
        [.. (await server.Get<IReadOnlyList<System.Text.Json.JsonElement>>($"jobs/steps/{step}/log", cancel)).Select(line => line.GetRawText())];

    /// <param name="wish">cancel, retry, pause or resume.</param>
    /// <returns>How many steps it reached.</returns>
    public async Task<int> Wish(string named, string wish, CancellationToken cancel) => (await server.Post<Reached>($"jobs/{Uri.EscapeDataString(named)}/{wish}", null, cancel)).Steps;
}
