using System.Runtime.InteropServices;

namespace Flow.Storage.Engines;

/// <summary>A DuckDB database in memory and one connection to it.</summary>
sealed class DuckDbConnection : IDisposable
{
    nint database;
    nint connection;

    /// <param name="settings">Options that hold from the start, as <c>SET</c> would name them.</param>
    public DuckDbConnection(params ReadOnlySpan<(string Name, string Value)> settings)
    {
        _ = Native.duckdb_create_config(out var config);
        try
        {
            foreach (var (name, value) in settings)
                if (Native.duckdb_set_config(config, name, value) == Native.Failed)
                    throw new SqlException($"DuckDB doesn't take the setting {name} = {value}");
            if (Native.duckdb_open_ext(":memory:", out database, config, out var error) == Native.Failed)
            {
                var message = Text(error);
                Native.duckdb_free(error);
                throw new SqlException(message);
            }
        }
        finally
        {
            Native.duckdb_destroy_config(ref config);
        }
        if (Native.duckdb_connect(database, out connection) == Native.Failed) throw new SqlException("DuckDB gives no connection");
    }

    public nint Handle => connection;

    public void Dispose()
    {
        if (connection != 0) Native.duckdb_disconnect(ref connection);
        if (database != 0) Native.duckdb_close(ref database);
    }

    /// <summary>Makes the running query of another thread fail soon.</summary>
    public void Interrupt() => Native.duckdb_interrupt(connection);

    /// <summary>Runs statements whose answers don't matter.</summary>
    public void Execute(string sql)
    {
        using var statements = new Statements(this, sql);
        for (var i = 0; i < statements.Count; i++)
        {
            using var result = statements.Run(i);
            while (result.NextChunk()) { }
        }
    }

    /// <summary>Runs one SELECT, and nothing else than one SELECT.</summary>
    public DuckDbResult Select(string sql)
    {
        using var statements = new Statements(this, sql);
        return statements.Count == 1 ? statements.Run(0, selectOnly: true) : throw new SqlException($"{statements.Count} statements given, one is allowed");
    }

    public static string Text(nint utf8) => Marshal.PtrToStringUTF8(utf8) ?? "DuckDB gives no reason";

    /// <summary>Parsed statements of one text.</summary>
    readonly ref struct Statements : IDisposable
    {
        readonly nint connection;
        readonly nint handle;

        public Statements(DuckDbConnection owner, string sql)
        {
            connection = owner.connection;
            Count = (int)Native.duckdb_extract_statements(connection, sql, out handle);
            if (Count > 0) return;
            var error = Native.duckdb_extract_statements_error(handle);
            var message = error == 0 ? "there is no statement" : Text(error);
            Dispose();
            throw new SqlException(message);
        }

        public int Count { get; }

        public DuckDbResult Run(int index, bool selectOnly = false)
        {
            // EXPLAIN ANALYZE would run what it explains, a COPY for instance.
            const int select = 1;
            var failed = Native.duckdb_prepare_extracted_statement(connection, handle, (ulong)index, out var prepared) == Native.Failed;
            try
            {
                if (failed) throw new SqlException(Text(Native.duckdb_prepare_error(prepared)));
                if (selectOnly && Native.duckdb_prepared_statement_type(prepared) != select)
                    throw new SqlException("only a SELECT is allowed here");
                failed = Native.duckdb_execute_prepared_streaming(prepared, out var result) == Native.Failed;
                if (!failed) return new DuckDbResult(result);
                var message = Text(Native.duckdb_result_error(ref result));
                Native.duckdb_destroy_result(ref result);
                throw new SqlException(message);
            }
            finally
            {
                Native.duckdb_destroy_prepare(ref prepared);
            }
        }

        public void Dispose()
        {
            var copy = handle;
            Native.duckdb_destroy_extracted(ref copy);
        }
    }
}
