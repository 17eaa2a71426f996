using System.CommandLine;
using System.Globalization;
using Flow.Cli.Remote;
using Flow.Domain;
using Flow.Storage.Engines;
using Flow.Storage.Results;

namespace Flow.Cli.Commands;

/// <summary>`flow query "select ..."`: SQL over the result store as a table, CSV or JSON.</summary>
public static class QueryCommand
{
    static readonly Argument<string> Sql = new("sql") { Description = "One SELECT over the views results, curves and runs" };
    static readonly Option<bool> Csv = new("--csv") { Description = "Answer as CSV" };
    static readonly Option<int> Rows = new("--rows") { Description = "At most so many rows", DefaultValueFactory = _ => 10_000 };

    public static Command Build() => Verb.Of("query", "SQL over the result store", [Sql, Csv, Rows], async (call, cancel) =>
    {
        try
        {
            var table = await Ask(call, cancel);
            if (call.Get(Csv)) Console.Out.Write(TableFile.Csv(table));
            else call.Answer(table.Rows.Select(row => table.Columns.Select((column, i) => (column, Value: row[i])).ToDictionary(cell => cell.column, cell => cell.Value)), Text(table));
            if (table.Truncated) Call.Say($"flow: only the first {table.Rows.Count} rows; --rows gives more");
            return Verb.Done;
        }
        catch (SqlException wrong)
        {
            throw new BadInputException($"the query can't be answered: {wrong.Message}");
        }
    });

    static async Task<QueryTable> Ask(Call call, CancellationToken cancel)
    {
        using var server = call.Server();
        if (server is not null) return await RemoteQuery.Ask(server, call.Get(Sql), call.Get(Rows), cancel);
        if (!Directory.Exists(call.Store)) throw new BadInputException($"there is no store at {call.Store}: run a study first, or give --store");
        return new ResultStore(call.Store).Query(call.Get(Sql), call.Get(Rows), cancel);
    }

    static string Text(QueryTable table) => table.Rows.Count == 0
        ? "no rows"
        : TextTable.Of([.. table.Columns], table.Rows.Select(row => (IReadOnlyList<string>)[.. row.Select(value => Cell(value))]));

    static string Cell(object? value) => value switch
    {
        null => "",
        double number => number.ToString("G7", CultureInfo.InvariantCulture),
        DateTime time => time.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture),
        byte[] bytes => $"{bytes.Length} bytes",
        IFormattable other => other.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };
}
