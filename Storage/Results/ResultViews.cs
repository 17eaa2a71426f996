using Flow.Storage.Engines;

namespace Flow.Storage.Results;

/// <summary>The SQL that makes the views over the files of the store.</summary>
static class ResultViews
{
    public static string Sql(IReadOnlyList<string> results, IReadOnlyList<string> curves) => $"""
        CREATE VIEW all_results AS {Table(results, ResultColumns.Of((ResultRow[])[]))};
        CREATE VIEW all_curves AS {Table(curves, ResultColumns.Of((CurveRow[])[]))};
        CREATE VIEW results AS {Latest("all_results")};
        CREATE VIEW curves AS {Latest("all_curves")};
        CREATE VIEW runs AS
            SELECT study, run, any_value(model) AS model, any_value(dataset) AS dataset, max(params) AS params,
                   max(params_active) AS params_active, max(train_macs) AS train_macs, max(images) AS images, max(tokens) AS tokens,
                   sum(step_gpu_seconds) AS gpu_seconds, max(seed) AS seed, sum(metrics)::BIGINT AS metrics, max(attempt) AS attempts,
                   min(first_time) AS first_time, max(last_time) AS last_time,
                   arg_max(commit, last_time) AS commit, arg_max(engine, last_time) AS engine, arg_max(device, last_time) AS device, arg_max(host, last_time) AS host
            FROM (SELECT study, run, step, any_value(model) AS model, any_value(dataset) AS dataset, max(params) AS params,
                         max(params_active) AS params_active, max(train_macs) AS train_macs, max(images) AS images, max(tokens) AS tokens,
                         max(gpu_seconds) AS step_gpu_seconds, max(seed) AS seed, count(*) AS metrics, max(attempt) AS attempt,
                         min(time) AS first_time, max(time) AS last_time,
                         arg_max(commit, time) AS commit, arg_max(engine, time) AS engine, arg_max(device, time) AS device, arg_max(host, time) AS host
                  FROM results GROUP BY study, run, step)
            GROUP BY study, run;
        """;

    /// <summary>The files, with every column of this version in its place and type whatever version wrote them.</summary>
    static string Table(IReadOnlyList<string> files, RowGroup columns)
    {
        var empty = $"SELECT {string.Join(", ", columns.Columns.Select(column => $"NULL::{SqlType(column)} AS {column.Name}"))} WHERE false";
        return files.Count == 0 ? empty : $"{empty} UNION ALL BY NAME FROM {PartTable.Scan(files)}";
    }

    static string SqlType(Column column) => column switch
    {
        LongColumn => "BIGINT",
        DoubleColumn => "DOUBLE",
        _ => "VARCHAR",
    };

    /// <summary>Without the rows that a later attempt of the same step has made again. A number of the whole run counts as the last step.</summary>
    static string Latest(string table) => $"""
        WITH firsts AS (
                SELECT step, attempt, min(coalesce(optimizer_step, {long.MaxValue})) AS first FROM {table} GROUP BY step, attempt),
             limits AS (
                SELECT step, attempt, min(first) OVER (
                    PARTITION BY step ORDER BY attempt ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING) AS ends
                FROM firsts)
        SELECT {table}.* EXCLUDE (time_us), make_timestamp(time_us) AS time
        FROM {table} JOIN limits USING (step, attempt)
        WHERE ends IS NULL OR coalesce(optimizer_step, {long.MaxValue}) < ends
        """;
}
