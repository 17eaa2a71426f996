namespace Flow.Jobs.Ledger;

/// <summary>The tables of the ledger. Columns are added at the end, never renamed; a step's row is the truth about who may write.</summary>
static class LedgerSchema
{
    public static string Sql(bool isServer) => $"""
        {(isServer ? "select pg_advisory_xact_lock(70210);" : "")}
        create table if not exists studies (
            id text primary key, name text not null, base_folder text not null, priority bigint not null, max_parallel bigint,
            submitted_ms bigint not null, requested_by text);
        create table if not exists steps (
            name text primary key, study text not null, label text not null, kind text not null, need text not null,
            priority bigint not null, macs double precision not null, state text not null, held bigint not null default 0,
            attempt bigint not null default 0, faults bigint not null default 0, fence bigint not null default 0,
            worker text, device text, lease_ms bigint not null default 0, offered_ms bigint, not_before_ms bigint not null default 0,
            wanted text, fraction double precision, rate text, eta_seconds double precision, detail text,
            optimizer_step bigint, loss double precision, message text,
            started_ms bigint, progressed_ms bigint, finished_ms bigint);
        create index if not exists steps_by_state on steps (state, priority);
        create index if not exists steps_to_offer on steps (need, priority desc, macs desc, name) where state = 'ready' and offered_ms is null;
        create table if not exists edges (step text not null, input text not null, primary key (step, input));
        create index if not exists edges_by_input on edges (input);
        create table if not exists study_steps (
            study text not null, step text not null, position bigint not null, run text, active bigint not null default 1,
            primary key (study, step));
        create index if not exists study_steps_by_step on study_steps (step);
        create table if not exists events (
            id {(isServer ? "bigint generated always as identity primary key" : "integer primary key")},
            step text not null, at_ms bigint not null, attempt bigint not null, worker text, what text not null, text text);
        create index if not exists events_by_step on events (step, id);
        create table if not exists workers (
            id text primary key, host text not null, pid bigint not null, queues text not null, devices text not null,
            started_ms bigint not null, beat_ms bigint not null, stopped_ms bigint, place text not null, process text not null);
        create table if not exists recurrences (
            name text primary key, cron text not null, time_zone text not null, evaluate text not null, study text not null,
            spec text not null, base_folder text not null, misfire text not null, paused bigint not null default 0, requested_ms bigint, next_ms bigint);
        create table if not exists firings (
            recurrence text not null, due_ms bigint not null, fired_ms bigint not null, worker text, outcome text not null,
            primary key (recurrence, due_ms));
        """;
}
