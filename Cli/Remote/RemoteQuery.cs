using System.Text.Json;
using Flow.Storage.Engines;
using Flow.Storage.Sandbox;

namespace Flow.Cli.Remote;

/// <summary>SQL that a server elsewhere answers, in its sandbox.</summary>
public static class RemoteQuery
{
    sealed record Answered(IReadOnlyList<AnswerColumn> Columns, IReadOnlyList<IReadOnlyList<JsonElement>> Rows, bool Truncated);

    public static async Task<QueryTable> Ask(RemoteServer server, string sql, int rows, CancellationToken cancel)
    {
        var answer = await server.Post<Answered>("query", new { sql, rows }, cancel);
        return new QueryTable(
            [.. answer.Columns.Select(column => column.Name)], [.. answer.Rows.Select(row => row.Select((cell, i) => answer.Columns[i].Read(cell)).ToArray())], answer.Truncated);
    }
}
