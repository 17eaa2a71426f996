using System.Globalization;
using System.Numerics;
using DuckDB.NET.Data;

namespace Flow.Storage.Engines;

/// <summary>DuckDB through its ADO.NET provider, with the same locks as the engine of Engines=system.</summary>
sealed class DuckDbNetSql : ISqlEngine
{
    public ISqlSession Open(SqlLimits limits, string setup)
    {
        var connection = Connect();
        try
        {
            var readable = string.Join(", ", limits.Folders.Select(folder => Quote(Path.GetFullPath(folder) + Path.DirectorySeparatorChar)));
            Execute(connection, FormattableString.Invariant($"""
                SET threads = {limits.Threads}; SET memory_limit = '{limits.MemoryBytes}B'; SET temp_directory = '';
                SET autoinstall_known_extensions = false; SET autoload_known_extensions = false; SET allow_community_extensions = false;
                SET allowed_directories = [{readable}]; SET enable_external_access = false;
                {setup};
                SET lock_configuration = true
                """));
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
        using var connection = Connect();
        Execute(connection, $"SET preserve_insertion_order = false; COPY ({sql}) TO {Quote(path)} (FORMAT parquet, COMPRESSION zstd)");
    }

    static DuckDBConnection Connect()
    {
        var connection = new DuckDBConnection("DataSource=:memory:");
        connection.Open();
        return connection;
    }

    static void Execute(DuckDBConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        try
        {
            command.ExecuteNonQuery();
        }
        catch (DuckDBException failure)
        {
            throw new SqlException(failure.Message);
        }
    }

    static string Quote(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";

    sealed class Session(DuckDBConnection connection) : ISqlSession
    {
        public void Dispose() => connection.Dispose();

        public QueryTable Query(string sql, int maxRows, CancellationToken cancel = default)
        {
            SelectOnly.Check(sql);
            cancel.ThrowIfCancellationRequested();
            // Only a single SELECT can stand in brackets: several statements, or another kind, don't parse. Explaining runs nothing.
            Execute(connection, $"EXPLAIN SELECT * FROM ({sql.TrimEnd().TrimEnd(';')}\n)");
            using var command = connection.CreateCommand();
            command.CommandText = sql;
            command.UseStreamingMode = true;
            using var interruption = new Interruption(command.Cancel, cancel);
            try
            {
                return Rows(command, maxRows, cancel);
            }
            catch (DuckDBException) when (cancel.IsCancellationRequested)
            {
                throw new OperationCanceledException("the query was stopped", cancel);
            }
            catch (DuckDBException failure)
            {
                throw new SqlException(failure.Message);
            }
        }

        static QueryTable Rows(DuckDBCommand command, int maxRows, CancellationToken cancel)
        {
            try
            {
                using var reader = command.ExecuteReader();
                return Read(reader, maxRows, cancel);
            }
            // DuckDB.NET 1.5.6 can't stream a result without rows, and says this; whole, it takes no memory.
            catch (DuckDBException failure) when (command.UseStreamingMode && failure.Message.Contains("closed pending query result", StringComparison.Ordinal) && !cancel.IsCancellationRequested)
            {
                command.UseStreamingMode = false;
                return Rows(command, maxRows, cancel);
            }
        }

        static QueryTable Read(DuckDBDataReader reader, int maxRows, CancellationToken cancel)
        {
            var columns = QueryTable.Distinct([.. Enumerable.Range(0, reader.FieldCount).Select(reader.GetName)]);
            var rows = new List<object?[]>();
            while (reader.Read())
            {
                cancel.ThrowIfCancellationRequested();
                if (rows.Count == maxRows) return new QueryTable(columns, rows, Truncated: true);
                rows.Add([.. Enumerable.Range(0, reader.FieldCount).Select(i => reader.IsDBNull(i) ? null : Value(reader.GetValue(i), columns[i]))]);
            }
            return new QueryTable(columns, rows, Truncated: false);
        }
    }

    static object Value(object value, string column) => value switch
    {
        bool or long or double or decimal or string or byte[] => value,
        sbyte or short or int or byte or ushort or uint => Convert.ToInt64(value, null),
        ulong whole => whole <= long.MaxValue ? (object)(long)whole : (double)whole,
        // The cast to double would cut off, not round.
        BigInteger whole => whole >= long.MinValue && whole <= long.MaxValue ? (object)(long)whole : double.Parse(whole.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture),
        float single => (double)single,
        DateTime time => DateTime.SpecifyKind(time, DateTimeKind.Utc),
        DateOnly date => date.ToDateTime(TimeOnly.MinValue, DateTimeKind.Utc),
        Stream stream => Bytes(stream),
        _ => throw new SqlException($"column {column} has a nested or unusual type: cast it, e.g. {column}::varchar"),
    };

    static byte[] Bytes(Stream stream)
    {
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return copy.ToArray();
    }
}
