using System.Globalization;
using System.Text.Json;
using Flow.Jobs.Ledger;

namespace Flow.Cli;

/// <summary>Jobs as tables for people and as documents for scripts.</summary>
public static class JobText
{
    const int MostSteps = 40;

    public static object Document(StudyJob study) => new
    {
        study = study.Name,
        id = study.Id,
        state = Word(study.State),
        priority = Word(study.Priority),
        max_parallel = study.MaxParallel,
        submitted = Time(study.SubmittedMs),
        requested_by = study.RequestedBy,
        steps = study.Total,
        waiting = study.Waiting,
        ready = study.Ready,
        running = study.Running,
        done = study.Done,
        failed = study.Failed,
        cancelled = study.Cancelled,
        paused = study.Paused,
        stopped = study.Stopped,
        macs = study.Macs,
        macs_done = study.MacsDone,
    };

    public static object Document(StepJob step) => new
    {
        step = step.Name,
        study = step.Study,
        label = step.Label,
        kind = step.Kind,
        queue = Word(step.Need),
        state = Word(step.State),
        wanted = step.Wanted,
        attempt = step.Attempt,
        faults = step.Faults,
        worker = step.Worker,
        device = step.Device,
        fraction = step.Fraction,
        optimizer_step = step.OptimizerStep,
        loss = step.Loss,
        rate = step.Rate,
        eta_seconds = step.EtaSeconds,
        detail = step.Detail,
        macs = step.Macs,
        macs_done = step.MacsDone,
        message = step.Message,
        started = Time(step.StartedMs),
        progressed = Time(step.ProgressedMs),
        finished = Time(step.FinishedMs),
    };

    public static object Document(WorkerJob worker) => new
    {
        worker = worker.Id,
        state = worker.State,
        host = worker.Host,
        pid = worker.Pid,
        queues = worker.Queues.Split(','),
        devices = worker.Devices.Split(','),
        running = worker.Running,
        started = Time(worker.StartedMs),
        heartbeat = Time(worker.BeatMs),
    };

    public static object Document(StepEvent happened) => new { at = Time(happened.AtMs), happened.Attempt, happened.Worker, @event = happened.What, happened.Text };

    public static string Overview(IReadOnlyList<StudyJob> studies, IReadOnlyList<StepJob> steps, IReadOnlyList<WorkerJob> workers)
    {
        if (studies.Count == 0 && workers.Count == 0) return "nothing was submitted to this store: flow submit studies/demo.json, and flow worker to run it";
        var parts = new List<string>
        {
            TextTable.Of(["study", "state", "done", "running", "ready", "waiting", "failed", "compute", "id"], studies.Select(study => (IReadOnlyList<string>)[
                study.Name, Word(study.State), $"{study.Done}/{study.Total}", Text(study.Running), Text(study.Ready), Text(study.Waiting), Text(study.Failed),
                study.Macs > 0 ? string.Create(CultureInfo.InvariantCulture, $"{100 * study.MacsDone / study.Macs:0} %") : "", study.Id[..12]])),
        };
        if (steps.Count > 0)
            parts.Add(TextTable.Of(["step", "label", "state", "attempt", "progress", "rate", "left", "detail"], steps.Take(MostSteps).Select(step => (IReadOnlyList<string>)[
                step.Name[..12], step.Label, step.Wanted is { } wanted ? $"{Word(step.State)}, {wanted}" : Word(step.State), Text(step.Attempt),
                step.Fraction is { } fraction ? string.Create(CultureInfo.InvariantCulture, $"{100 * fraction:0} %") : "", step.Rate ?? "",
                step is { State: JobState.Running, EtaSeconds: { } left } ? ProgressLine.Duration(TimeSpan.FromSeconds(left)) : "", step.Message ?? step.Detail ?? ""])));
        if (steps.Count > MostSteps) parts.Add($"... and {steps.Count - MostSteps} more; --json lists all");
        if (workers.Count > 0)
            parts.Add(TextTable.Of(["worker", "state", "queues", "devices", "running"], workers.Select(worker => (IReadOnlyList<string>)[worker.Id, worker.State, worker.Queues, worker.Devices, Text(worker.Running)])));
        return string.Join(Environment.NewLine + Environment.NewLine, parts);
    }

    public static string Of(StepJob step, IReadOnlyList<StepEvent> events) => string.Join(Environment.NewLine, [
        $"{step.Label} ({step.Kind}), {Word(step.State)}, attempt {step.Attempt}{(step.Worker is { } worker ? $", worker {worker}" : "")}",
        $"{step.Rate}  {step.Detail}  {step.Message}".Trim(),
        .. events.Select(e => $"{Time(e.AtMs):yyyy-MM-dd HH:mm:ss}  attempt {e.Attempt}  {e.What}  {e.Text}".TrimEnd())]);

    /// <summary>One line of a step's log, for people.</summary>
    public static string Line(string json)
    {
        var line = JsonDocument.Parse(json).RootElement;
        return $"{line.GetProperty("time").GetDateTimeOffset().ToLocalTime():HH:mm:ss}  attempt {line.GetProperty("attempt").GetInt64()}  {line.GetProperty("event").GetString()}  {line.GetProperty("text").GetString()}".TrimEnd();
    }

    static string Word<T>(T choice) where T : struct, Enum => choice.ToString().ToLowerInvariant();

    static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    static DateTimeOffset? Time(long? milliseconds) => milliseconds is { } known ? DateTimeOffset.FromUnixTimeMilliseconds(known) : null;
}
