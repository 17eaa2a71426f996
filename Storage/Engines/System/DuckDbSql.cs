using System.Globalization;

namespace Flow.Storage.Engines;

/// <summary>
/// DuckDB as a calculator over files: nothing is installed or loaded, only the given folders are readable, and the settings are locked
/// before the first query. DuckDB knows no privileges, so who doesn't trust the writer of the query runs it in a process of its own.
/// </summary>
sealed class DuckDbSql : ISqlEngine
{
    public ISqlSession Open(SqlLimits limits, string setup)
    {
        var connection = new DuckDbConnection(
            ("threads", limits.Threads.ToString(CultureInfo.InvariantCulture)),
            ("memory_limit", $"{limits.MemoryBytes}B"),
            ("autoinstall_known_extensions", "false"),
            ("autoload_known_extensions", "false"),
            ("allow_community_extensions", "false"),
            ("temp_directory", ""));
        try
        {
            var readable = string.Join(", ", limits.Folders.Select(folder => Quote(Path.GetFullPath(folder) + Path.DirectorySeparatorChar)));
            connection.Execute($"SET allowed_directories = [{readable}]; SET enable_external_access = false;");
            if (setup.Length > 0) connection.Execute(setup);
            connection.Execute("SET lock_configuration = true");
            return new Session(connection);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    public void Export(string sql, string path)
    {
        using var connection = new DuckDbConnection(("preserve_insertion_order", "false"), ("temp_directory", ""));
        connection.Execute($"COPY ({sql}) TO {Quote(path)} (FORMAT parquet, COMPRESSION zstd)");
    }

    internal static string Quote(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";

    sealed class Session(DuckDbConnection connection) : ISqlSession
    {
        public void Dispose() => connection.Dispose();

        public QueryTable Query(string sql, int maxRows, CancellationToken cancel = default)
        {
            SelectOnly.Check(sql);
            using var interruption = new Interruption(connection.Interrupt, cancel);
            try
            {
                cancel.ThrowIfCancellationRequested();
                using var result = connection.Select(sql);
                return Read(result, maxRows, cancel);
            }
            catch (SqlException) when (cancel.IsCancellationRequested)
            {
                throw new OperationCanceledException("the query was stopped", cancel);
            }
        }

        static QueryTable Read(DuckDbResult result, int maxRows, CancellationToken cancel)
        {
            var cells = result.Columns.Select((_, column) => DuckDbCell.Reader(result, column)).ToArray();
            var rows = new List<object?[]>();
            var columns = QueryTable.Distinct(result.Columns);
            while (result.NextChunk())
            {
                cancel.ThrowIfCancellationRequested();
                for (var row = 0; row < result.Rows; row++)
                {
                    if (rows.Count == maxRows) return new QueryTable(columns, rows, Truncated: true);
                    var values = new object?[cells.Length];
                    for (var column = 0; column < cells.Length; column++)
                    {
                        var vector = result.Vector(column);
                        values[column] = vector.IsNull(row) ? null : cells[column](vector, row);
                    }
                    rows.Add(values);
                }
            }
            return new QueryTable(columns, rows, Truncated: false);
        }
    }
}
