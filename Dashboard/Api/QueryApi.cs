using Flow.Jobs;

namespace Flow.Dashboard.Api;

/// <summary>SQL over the result store.</summary>
static class QueryApi
{
    const int MostRows = 1000;

    public sealed record Table(IReadOnlyList<string> Columns, IReadOnlyList<object?[]> Rows, bool Truncated);

    public static void Map(RouteGroupBuilder api)
    {
        var query = api.MapGroup("/query").WithTags("query");
        query.MapGet("", (string sql, Lab lab, CancellationToken cancel) => Answer(sql, lab, cancel)).WithSummary("One SELECT over the views results, curves and runs");
    }

    static Table Answer(string sql, Lab lab, CancellationToken cancel)
    {
        var table = lab.Results.Query(sql, MostRows, cancel);
        return new Table(table.Columns, table.Rows, table.Truncated);
    }
}
