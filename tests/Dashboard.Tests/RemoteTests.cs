using Flow.Cli.Remote;
using Flow.Domain;
using Flow.Jobs.Ledger;
using Xunit;

namespace Flow.Dashboard.Tests;

/// <summary>The command line's side of a server elsewhere: the same jobs, and refusals that say what to do.</summary>
public sealed class RemoteTests : IAsyncLifetime
{
    const string Operator = "operator-token-of-the-test", Viewer = "viewer-token-of-the-test";

    Served served = null!;

    public async Task InitializeAsync() => served = await Served.Start(new AccessTokens(Operator, Viewer));

    public async Task DisposeAsync() => await served.DisposeAsync();

    sealed record Receipt(string Id);

    [Fact]
    public async Task Jobs_AreThoseOfTheLedger()
    {
        using var server = new RemoteServer(served.Address.ToString(), Operator);
        var id = (await server.Post<Receipt>("studies/submit", new { study = "demo" }, default)).Id;
        var jobs = new RemoteJobs(server);
        var view = new JobView(served.Ledger);
        Assert.Equal(await view.Studies(), await jobs.Studies(default));
        Assert.Equal(await view.Steps(id), await jobs.Steps(id, null, default));
        Assert.Equal(await view.Steps(id, [JobState.Ready]), await jobs.Steps(id, [JobState.Ready], default));
        var (study, none) = await jobs.Find("demo", default);
        Assert.Equal((id, null), (study.Id, none));
        var one = (await view.Steps(id))[0];
        Assert.Equal(one, (await jobs.Find(one.Name[..12], default)).Step);
        Assert.Equal(study.Total, await jobs.Wish("demo", "cancel", default));
    }

    [Fact]
    public async Task Query_GivesTheTypesOfAStoreHere()
    {
        using var server = new RemoteServer(served.Address.ToString(), Viewer);
        var table = await RemoteQuery.Ask(server, "select 1 as a, 'x' as b, 0.5::double as c, timestamp '2026-01-02' as d", 10, default);
        Assert.Equal([1L, "x", 0.5, new DateTime(2026, 1, 2)], table.Rows.Single());
    }

    [Theory]
    [InlineData(null, "FLOW_TOKEN")]
    [InlineData("a-token-of-nobody-at-all", "FLOW_TOKEN")]
    [InlineData(Viewer, "operator")]
    public async Task RefusedCommand_SaysWhatIsNeeded(string? token, string remedy)
    {
        using var server = new RemoteServer(served.Address.ToString(), token);
        var refused = await Assert.ThrowsAsync<BadInputException>(() => server.Post<Receipt>("studies/submit", new { study = "demo" }, default));
        Assert.Contains(remedy, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AddressThatIsNone_IsRefused() => Assert.Throws<BadInputException>(() => new RemoteServer("lab:8420", null));
}
