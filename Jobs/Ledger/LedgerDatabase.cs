using System.Data;
using System.Data.Common;
using Dapper;
using Flow.Domain;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace Flow.Jobs.Ledger;

/// <summary>
/// Where the ledger is kept: a file of the store, or PostgreSQL when several machines work on it. The same SQL runs on both; what differs
/// is here. Times are milliseconds since 1970 by the database's own clock, so that clocks of workers don't matter.
/// </summary>
public sealed class LedgerDatabase : IAsyncDisposable
{
    const int Tries = 5;
    static readonly TimeSpan Wait = TimeSpan.FromMilliseconds(200);

    readonly string connectionString;
    readonly NpgsqlDataSource? server;

    static LedgerDatabase() => DefaultTypeMap.MatchNamesWithUnderscores = true;

    LedgerDatabase(string connectionString, bool isServer)
    {
        this.connectionString = connectionString;
        if (isServer) server = NpgsqlDataSource.Create(connectionString);
    }

    public bool IsServer => server is not null;

    /// <summary>SQL for now, in milliseconds.</summary>
    public string Now => NowSql(IsServer);

    internal static string NowSql(bool isServer) => isServer
        ? "(extract(epoch from clock_timestamp()) * 1000)::bigint"
        : "cast((julianday('now') - 2440587.5) * 86400000.0 as integer)";

    /// <summary>SQL that a column is one of an array of values.</summary>
    public string In(string column, string parameter) => IsServer ? $"{column} = any(@{parameter})" : $"{column} in @{parameter}";

    /// <summary>The ledger of a store, with its tables made if they are not there.</summary>
    /// <param name="database">A connection string of PostgreSQL, or @FILE that holds one; none for the file <c>jobs.db</c> of the store.</param>
    /// <exception cref="BadInputException">The connection string can't be read or understood.</exception>
    public static async Task<LedgerDatabase> Open(string store, string? database, CancellationToken cancel = default)
    {
        Directory.CreateDirectory(store);
        var opened = Connection(database) is { } text
            ? new LedgerDatabase(text, isServer: true)
            : new LedgerDatabase(new SqliteConnectionStringBuilder { DataSource = Path.Combine(store, "jobs.db"), DefaultTimeout = 30 }.ToString(), isServer: false);
        try
        {
            await opened.Write((connection, _) => connection.ExecuteAsync(LedgerSchema.Sql(opened.IsServer)), cancel);
        }
        catch
        {
            await opened.DisposeAsync();
            throw;
        }
        return opened;
    }

    /// <summary>The connection string that --database or FLOW_DATABASE gives; secrets stay in the environment or in a file.</summary>
    public static string? Connection(string? database)
    {
        if (string.IsNullOrEmpty(database)) return null;
        if (database[0] == '@' && !File.Exists(database[1..])) throw new BadInputException($"--database: there is no file {database[1..]} to read a connection string from");
        var text = database[0] == '@' ? File.ReadAllText(database[1..]).Trim() : database;
        try
        {
            return new NpgsqlConnectionStringBuilder(text).ConnectionString;
        }
        catch (ArgumentException)
        {
            throw new BadInputException("--database: not a connection string of PostgreSQL such as Host=...;Username=...;Password=...;Database=... (what was given is not shown, it may hold a password)");
        }
    }

    /// <summary>Whether a connection string, and no @FILE, holds a password.</summary>
    public static bool HoldsPassword(string database) => database is not ['@', ..] && Connection(database) is { } text && new NpgsqlConnectionStringBuilder(text) is { Password.Length: > 0 };

    /// <summary>Whether the database only is out of reach for now: it restarts, or the network does. A refused password is none of that.</summary>
    public static bool IsAway(Exception fault)
    {
        for (Exception? cause = fault; cause is not null; cause = cause.InnerException)
            if (cause is TimeoutException or DbException { IsTransient: true }) return true;
        return false;
    }

    /// <summary>Reads, on a connection of its own.</summary>
    public Task<T> Read<T>(Func<DbConnection, Task<T>> read, CancellationToken cancel = default) => Retried(async () =>
    {
        await using var connection = await Connect(cancel);
        return await read(connection);
    }, cancel);

    /// <summary>One transaction. It may run again after a fault of the connection, so it must be safe to repeat.</summary>
    public Task<T> Write<T>(Func<DbConnection, DbTransaction, Task<T>> write, CancellationToken cancel = default) => Retried(async () =>
    {
        await using var connection = await Connect(cancel);
        await using var transaction = await connection.BeginTransactionAsync(IsServer ? IsolationLevel.ReadCommitted : IsolationLevel.Serializable, cancel);
        var result = await write(connection, transaction);
        await transaction.CommitAsync(cancel);
        return result;
    }, cancel);

    /// <summary>
    /// As <see cref="Write"/>, with all others that decide who runs what waiting meanwhile: rules over several rows (one job a device, so
    /// many trials at once) hold exactly. A file has one writer anyway.
    /// </summary>
    public Task<T> Decide<T>(Func<DbConnection, DbTransaction, Task<T>> decide, CancellationToken cancel = default) => Write(async (connection, transaction) =>
    {
        if (IsServer) await connection.ExecuteAsync("select pg_advisory_xact_lock(70211)", transaction: transaction);
        return await decide(connection, transaction);
    }, cancel);

    public async ValueTask DisposeAsync()
    {
        if (server is not null) await server.DisposeAsync();
        else SqliteConnection.ClearPool(new SqliteConnection(connectionString));
    }

    async Task<DbConnection> Connect(CancellationToken cancel)
    {
        if (server is not null) return await server.OpenConnectionAsync(cancel);
        var file = new SqliteConnection(connectionString);
        await file.OpenAsync(cancel);
        await file.ExecuteAsync("pragma journal_mode = wal; pragma synchronous = normal");
        return file;
    }

    static async Task<T> Retried<T>(Func<Task<T>> work, CancellationToken cancel)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await work();
            }
            catch (DbException fault) when (attempt < Tries && (fault.IsTransient || fault is SqliteException { SqliteErrorCode: 5 or 6 }))
            {
                await Task.Delay(Wait * attempt, cancel);
            }
        }
    }
}
