using Dapper;
using Flow.Jobs.Engines;
using Flow.TestData;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace Flow.Jobs.Tests.Engines;

/// <summary>Tables of one engine, on which any number of processes' engines are opened.</summary>
sealed partial class EngineUnderTest(string name, bool onServer, PostgresServer? server) : IDisposable
{
    readonly string store = Directory.CreateTempSubdirectory("flow-engine-").FullName;
    readonly string? connectionString = onServer ? server!.Create() : null;

    public IJobEngine Open() => JobEngines.Open(name, store, connectionString);

    /// <summary>Makes a schedule due so long ago, as if nobody had been there to fire it.</summary>
    public async Task MakeDue(string schedule, TimeSpan ago)
    {
        if (name == "hangfire")
        {
            MakeDueInHangfire(schedule, ago);
            return;
        }
        var due = (DateTimeOffset.UtcNow - ago).UtcTicks;
        const string sql = "update qrtz_triggers set next_fire_time = @due where trigger_name = @schedule";
        if (onServer)
        {
            await using var tables = new NpgsqlConnection(connectionString);
            await tables.ExecuteAsync(sql, new { due, schedule });
            return;
        }
        await using var file = new SqliteConnection($"Data Source={Path.Combine(store, "engine.db")}");
        await file.ExecuteAsync(sql, new { due, schedule });
    }

    partial void MakeDueInHangfire(string schedule, TimeSpan ago);

    public void Dispose()
    {
        SqliteConnection.ClearAllPools();
        Directory.Delete(store, recursive: true);
    }
}
