using System.Data.Common;
using Dapper;

namespace Flow.Jobs.Ledger;

/// <summary>Many rows in few statements: ten thousand steps are submitted in well under a second.</summary>
static class Bulk
{
    const int MostParameters = 900; // SQLite allows 999 in older versions

    /// <param name="sql">With {0} where the rows of values go.</param>
    public static async Task Insert<T>(DbConnection connection, DbTransaction transaction, string sql, IReadOnlyList<T> rows, Func<T, object?[]> values)
    {
        if (rows.Count == 0) return;
        var width = values(rows[0]).Length;
        foreach (var chunk in rows.Chunk(MostParameters / width))
        {
            var parameters = new DynamicParameters();
            var places = chunk.Select((row, r) => "(" + string.Join(", ", values(row).Select((value, c) =>
            {
                parameters.Add($"p{r}_{c}", value);
                return $"@p{r}_{c}";
            })) + ")");
            await connection.ExecuteAsync(string.Format(System.Globalization.CultureInfo.InvariantCulture, sql, string.Join(", ", places)), parameters, transaction);
        }
    }
}
