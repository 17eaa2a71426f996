using Dapper;
using Flow.Domain;
using Flow.Jobs.Engines;
using Flow.Jobs.Workers;

namespace Flow.Jobs.Ledger;

/// <summary>An evaluation that recurs.</summary>
public sealed record Recurrence
{
    public string Name { get; init; } = "";

    /// <summary>Five fields: minute, hour, day of month, month, day of week.</summary>
    public string Cron { get; init; } = "";

    /// <summary>IANA name of the zone that the fields are in.</summary>
    public string TimeZone { get; init; } = "";

    /// <summary>latest (the newest finished training of the study), all, or the label of one run.</summary>
    public string Evaluate { get; init; } = "";

    /// <summary>Name of the study, whose canonical JSON is <see cref="Spec"/>.</summary>
    public string Study { get; init; } = "";

    public string Spec { get; init; } = "";

    /// <summary>Where relative paths of the study's data sets start.</summary>
    public string BaseFolder { get; init; } = "";

    public Misfire Misfire { get; init; }

    public bool Paused { get; init; }

    /// <summary>When it is due, as the engine last said; null while it is paused or no worker has seen it.</summary>
    public long? NextMs { get; init; }

    public Schedule Schedule => new(Name, Cron, TimeZone, Misfire);
}

/// <summary>One firing of a recurrence, and what came of it.</summary>
public sealed record Firing
{
    public string Recurrence { get; init; } = "";

    public long DueMs { get; init; }

    public long FiredMs { get; init; }

    public string? Worker { get; init; }

    public string Outcome { get; init; } = "";
}

/// <summary>What recurs, and its history. Workers see changes within seconds.</summary>
public sealed class Recurrences(LedgerDatabase database)
{
    const string Began = "began";
    const long LongestMilliseconds = 60_000;

    public async Task<IReadOnlyList<Recurrence>> All(CancellationToken cancel = default) => [.. await database.Read(connection => connection.QueryAsync<Recurrence>(
        "select name, cron, time_zone, evaluate, study, spec, base_folder, misfire, paused, next_ms from recurrences order by name"), cancel)];

    /// <summary>The latest firings first.</summary>
    public async Task<IReadOnlyList<Firing>> Firings(string name, int most = 50, CancellationToken cancel = default) => [.. await database.Read(connection => connection.QueryAsync<Firing>(
        "select recurrence, due_ms, fired_ms, worker, outcome from firings where recurrence = @name order by fired_ms desc limit @most", new { name, most }), cancel)];

    /// <summary>Adds it, or changes the one of that name.</summary>
    /// <exception cref="BadInputException">The fields or the time zone can't be understood, or the study has nothing of the kind to measure.</exception>
    public Task<int> Add(Recurrence recurrence, CancellationToken cancel = default)
    {
        if (!Engines.Quartz.QuartzEngine.Understands(recurrence.Schedule))
            throw new BadInputException($"--cron: '{recurrence.Cron}' in {recurrence.TimeZone} is not understood; give five fields (minute hour day month weekday) such as \"0 2 * * *\", and a zone such as Europe/Berlin");
        RecurringEvaluation.Check(recurrence);
        return database.Write((connection, transaction) => connection.ExecuteAsync("""
            insert into recurrences (name, cron, time_zone, evaluate, study, spec, base_folder, misfire, paused)
            values (@Name, @Cron, @TimeZone, @Evaluate, @Study, @Spec, @BaseFolder, @misfire, 0)
            on conflict (name) do update set cron = excluded.cron, time_zone = excluded.time_zone, evaluate = excluded.evaluate, study = excluded.study,
                spec = excluded.spec, base_folder = excluded.base_folder, misfire = excluded.misfire, paused = 0, next_ms = null
            """, new { recurrence.Name, recurrence.Cron, recurrence.TimeZone, recurrence.Evaluate, recurrence.Study, recurrence.Spec, recurrence.BaseFolder, misfire = recurrence.Misfire.ToString() }, transaction), cancel);
    }

    /// <summary>Ends it; its history stays.</summary>
    public Task Remove(string name, CancellationToken cancel = default) => Change(name, "delete from recurrences where name = @name", null, cancel);

    public Task Pause(string name, bool paused, CancellationToken cancel = default) =>
        Change(name, "update recurrences set paused = @value, next_ms = null where name = @name", paused ? 1L : 0L, cancel);

    /// <summary>Fires it once, now, whether it is paused or not.</summary>
    public Task Request(string name, CancellationToken cancel = default) =>
        Change(name, $"update recurrences set requested_ms = {database.Now} where name = @name", null, cancel);

    /// <summary>Names that were asked to fire now; each is given to one caller.</summary>
    public async Task<IReadOnlyList<string>> TakeRequested(CancellationToken cancel = default) => [.. await database.Write((connection, transaction) =>
        connection.QueryAsync<string>("update recurrences set requested_ms = null where requested_ms is not null returning name", transaction: transaction), cancel)];

    public Task<int> SetNext(string name, DateTimeOffset? next, CancellationToken cancel = default) => database.Write((connection, transaction) =>
        connection.ExecuteAsync("update recurrences set next_ms = @next where name = @name", new { name, next = next?.ToUnixTimeMilliseconds() }, transaction), cancel);

    /// <summary>Enters a firing in the history. An engine may fire twice: only the first may go on.</summary>
    public Task<bool> Enter(string name, DateTimeOffset due, string worker, CancellationToken cancel = default) => database.Write(async (connection, transaction) =>
        await connection.ExecuteAsync(
            $"insert into firings (recurrence, due_ms, fired_ms, worker, outcome) values (@name, @due, {database.Now}, @worker, '{Began}') on conflict do nothing",
            new { name, due = due.ToUnixTimeMilliseconds(), worker }, transaction) == 1, cancel);

    /// <summary>Firings whose worker died in the middle; each is given to one caller, who has a minute for it.</summary>
    public async Task<IReadOnlyList<(string Name, DateTimeOffset Due)>> TakeUnfinished(string worker, CancellationToken cancel = default) => [.. (await database.Write((connection, transaction) =>
        connection.QueryAsync<(string Name, long Due)>(
            $"update firings set worker = @worker, fired_ms = {database.Now} where outcome = '{Began}' and fired_ms < {database.Now} - {LongestMilliseconds} returning recurrence, due_ms",
            new { worker }, transaction), cancel)).Select(firing => (firing.Name, DateTimeOffset.FromUnixTimeMilliseconds(firing.Due)))];

    public Task<int> Ended(string name, DateTimeOffset due, string outcome, CancellationToken cancel = default) => database.Write((connection, transaction) =>
        connection.ExecuteAsync("update firings set outcome = @outcome where recurrence = @name and due_ms = @due", new { name, due = due.ToUnixTimeMilliseconds(), outcome }, transaction), cancel);

    async Task Change(string name, string sql, long? value, CancellationToken cancel)
    {
        var found = await database.Write((connection, transaction) => connection.ExecuteAsync(sql, new { name, value }, transaction), cancel);
        if (found == 0) throw new BadInputException($"nothing recurs under the name '{name}': flow recur ls");
    }
}
