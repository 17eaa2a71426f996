using Xunit;

namespace Flow.Dashboard.Tests;

/// <summary>Whoever looks gets the newest states, however slow, and leaves nothing behind.</summary>
public sealed class LatestTests
{
    static readonly TimeSpan Often = TimeSpan.FromMilliseconds(1), Never = TimeSpan.FromMinutes(5);

    sealed record State(string Key, int Value);

    static void Change(Latest<State> latest, string key, int value) => latest.Update([new State(key, value)], state => state.Key);

    [Fact]
    public async Task SlowFollower_GetsTheNewestOfEachKeyOnce()
    {
        var latest = new Latest<State>();
        await using var follower = latest.Follow(Often, Never, default).GetAsyncEnumerator();
        Assert.True(await follower.MoveNextAsync());
        for (var i = 1; i <= 100_000; i++)
        {
            Change(latest, "a", i);
            Change(latest, "b", i);
        }
        Assert.True(await follower.MoveNextAsync());
        Assert.Equal([new("a", 100_000), new("b", 100_000)], follower.Current.OrderBy(state => state.Key));
    }

    [Fact]
    public async Task EqualState_WakesNobody()
    {
        var latest = new Latest<State>();
        await using var follower = latest.Follow(Often, TimeSpan.FromMilliseconds(50), default).GetAsyncEnumerator();
        await follower.MoveNextAsync();
        Change(latest, "a", 1);
        await follower.MoveNextAsync();
        Assert.Single(follower.Current);
        Change(latest, "a", 1);
        await follower.MoveNextAsync();
        Assert.Empty(follower.Current);
    }

    [Fact]
    public async Task FollowerThatLeaves_IsForgotten()
    {
        var latest = new Latest<State>();
        using var leave = new CancellationTokenSource();
        var following = Task.Run(async () =>
        {
            await foreach (var _ in latest.Follow(Often, Never, leave.Token)) { }
        });
        while (latest.Followers == 0) await Task.Delay(5);
        await leave.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => following);
        Assert.Equal(0, latest.Followers);
    }

    [Fact]
    public async Task NothingChanged_IsToldAsAHeartbeat()
    {
        var latest = new Latest<State>();
        await using var follower = latest.Follow(Often, TimeSpan.FromMilliseconds(20), default).GetAsyncEnumerator();
        Assert.True(await follower.MoveNextAsync());
        Assert.True(await follower.MoveNextAsync());
        Assert.Empty(follower.Current);
    }
}
