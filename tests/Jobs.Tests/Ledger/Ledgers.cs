using Flow.Jobs.Ledger;
using Flow.TestData;
using Xunit;

namespace Flow.Jobs.Tests.Ledger;

/// <summary>One PostgreSQL server for all tests of this project that need one; each takes a database of its own.</summary>
public sealed class Databases : IDisposable
{
    readonly Lazy<PostgresServer> server = new(() => new PostgresServer());

    public PostgresServer Server => server.Value;

    /// <summary>An empty ledger for a store: a file of it, or a database of the server.</summary>
    public Task<LedgerDatabase> Open(string store, bool onServer) => LedgerDatabase.Open(store, onServer ? Server.Create() : null);

    public void Dispose()
    {
        if (server.IsValueCreated) server.Value.Dispose();
    }
}

[CollectionDefinition(Name)]
public sealed class WithDatabases : ICollectionFixture<Databases>
{
    public const string Name = "databases";
}
