namespace Flow.Storage.Engines;

/// <summary>What a session of SQL may touch and use.</summary>
/// <param name="Folders">The only folders whose files may be read.</param>
/// <param name="MemoryBytes">Memory the engine may take.</param>
/// <param name="Threads">Threads of one query.</param>
public sealed record SqlLimits(IReadOnlyList<string> Folders, long MemoryBytes = 2L << 30, int Threads = 2);

/// <summary>SQL over Parquet files, in memory, read-only: a session can read the given folders and change nothing outside itself.</summary>
public interface ISqlEngine
{
    /// <summary>Opens a session and runs the set-up (views over files), then locks it down.</summary>
    /// <exception cref="SqlException">The set-up failed.</exception>
    ISqlSession Open(SqlLimits limits, string setup);

    /// <summary>Runs one of our own queries and writes its answer to a new Parquet file (compressed).</summary>
    void Export(string sql, string path);
}

/// <summary>One session. Not for several threads at once.</summary>
public interface ISqlSession : IDisposable
{
    /// <summary>Runs one SELECT and returns at most <paramref name="maxRows"/> rows; stops when the token is cancelled.</summary>
    /// <exception cref="SqlException">The query is wrong, not a single SELECT, or asks for what is locked; the message is the engine's.</exception>
    QueryTable Query(string sql, int maxRows, CancellationToken cancel = default);
}

/// <summary>A query that can't be answered; the message says why, in the engine's words.</summary>
public sealed class SqlException(string message) : Exception(message);
