using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Flow.Domain;
using Flow.Jobs;
using Flow.Storage.Engines;
using Flow.Storage.Results;
using Flow.Storage.Sandbox;

namespace Flow.Dashboard.Api;

/// <summary>SQL over the result store, in the sandbox; what the views hold; queries that are kept.</summary>
static class QueryApi
{
    const int MostShown = 10_000, MostExported = 100_000;

    static readonly JsonSerializerOptions NamedNumbers = new() { NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };

    public static readonly SandboxLimits Limits = new(TimeSpan.FromSeconds(15));

    /// <param name="Rows">At most so many rows.</param>
    public sealed record Question(string Sql, int Rows = 1000);

    /// <param name="Truncated">There are more rows than were asked for.</param>
    public sealed record Table(IReadOnlyList<AnswerColumn> Columns, IReadOnlyList<object?[]> Rows, bool Truncated, double Seconds);

    public sealed record View(string Name, IReadOnlyList<AnswerColumn> Columns);

    public sealed record Sql(string Text);

    public static void Map(RouteGroupBuilder api)
    {
        var query = api.MapGroup("/query").WithTags("query");
        query.MapPost("", (Question asked, SqlSandbox sandbox, CancellationToken cancel) => Answer(asked, sandbox, cancel)).WithSummary("One SELECT over the views results, curves and runs");
        query.MapGet("/export", (string sql, string format, SqlSandbox sandbox, CancellationToken cancel) => Export(sql, format, sandbox, cancel)).WithSummary("The answer as a file: csv, json or parquet")
            .Produces<Stream>(StatusCodes.Status200OK, "text/csv", "application/json", "application/vnd.apache.parquet");
        query.MapGet("/schema", Schema).WithSummary("The views and their columns");
        query.MapGet("/saved", (Lab lab) => new SavedQueries(lab.Root).All()).WithSummary("Saved queries");
        query.MapPut("/saved/{name}", (string name, Sql sql, Lab lab) => new SavedQueries(lab.Root).Save(new SavedQuery(name, sql.Text))).RequireAuthorization(Role.Operator).WithSummary("Save a query");
        query.MapDelete("/saved/{name}", (string name, Lab lab) => new SavedQueries(lab.Root).Forget(name) ? Results.NoContent() : Answers.Missing($"no saved query '{name}'"))
            .RequireAuthorization(Role.Operator).WithSummary("Forget a saved query").Produces(StatusCodes.Status204NoContent).Produces<Refusal>(StatusCodes.Status404NotFound);
    }

    static async Task<Table> Answer(Question asked, SqlSandbox sandbox, CancellationToken cancel)
    {
        if (asked.Rows is < 1 or > MostShown) throw new BadInputException($"rows: {asked.Rows} is not between 1 and {MostShown}");
        var answer = await sandbox.Query(asked.Sql, asked.Rows, cancel);
        return new Table(answer.Columns, answer.Table.Rows, answer.Table.Truncated, answer.Took.TotalSeconds);
    }

    static async Task<IResult> Export(string sql, string format, SqlSandbox sandbox, CancellationToken cancel)
    {
        if (format is not ("csv" or "json" or "parquet")) throw new BadInputException($"format: '{format}' is none of csv, json, parquet");
        var table = (await sandbox.Query(sql, MostExported, cancel)).Table;
        if (table.Truncated) throw new BadInputException($"the answer has more than {MostExported} rows: narrow the query, or ask `flow query` on the machine itself");
        return format switch
        {
            "csv" => Results.File(Encoding.UTF8.GetBytes(TableFile.Csv(table)), "text/csv; charset=utf-8", "answer.csv"),
            "json" => Results.File(Json(table), "application/json", "answer.json"),
            _ => Results.File(Parquet(table), "application/vnd.apache.parquet", "answer.parquet"),
        };
    }

    /// <summary>A list of rows; what is no finite number is its name, as everywhere in this API.</summary>
    static byte[] Json(QueryTable table) => JsonSerializer.SerializeToUtf8Bytes(
        table.Rows.Select(row => table.Columns.Select((name, i) => (name, Value: row[i])).ToDictionary(cell => cell.name, cell => cell.Value)), NamedNumbers);

    static byte[] Parquet(QueryTable table)
    {
        var folder = Directory.CreateTempSubdirectory("flow-export-");
        try
        {
            var path = Path.Combine(folder.FullName, "answer.parquet");
            TableFile.Parquet(table, path);
            return File.ReadAllBytes(path);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    static IEnumerable<View> Schema(Lab lab, CancellationToken cancel) => lab.Results
        .Query("select table_name, column_name, data_type from information_schema.columns where table_name in ('results', 'curves', 'runs') order by table_name desc, ordinal_position", cancel: cancel)
        .Rows.GroupBy(row => (string)row[0]!).Select(view => new View(view.Key, [.. view.Select(row => new AnswerColumn((string)row[1]!, ((string)row[2]!).ToLowerInvariant()))]));
}
