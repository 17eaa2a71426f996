using Xunit;

namespace Flow.Dashboard.Tests;

/// <summary>Whoever looks gets the newest states, however slow, and leaves nothing behind.</summary>
public sealed class LatestTests
{
    static readonly TimeSpan Often = TimeSpan.FromMilliseconds(1), Never = TimeSpan.FromMinutes(5);

    [Fact]
    public async Task SlowFollower_GetsTheNewestOfEachKeyOnce()
    {
        var latest = new Latest<(string Key, int Value)>();
        await using var follower = latest.Follow(Often, Never, default).GetAsyncEnumerator();
        latest.Change("a", _ => ("a", 0));
        Assert.True(await follower.MoveNextAsync());
        for (var i = 1; i <= 100_000; i++)
        {
            latest.Change("a", _ => ("a", i));
            latest.Change("b", _ => ("b", i));
        }
        Assert.True(await follower.MoveNextAsync());
        Assert.Equal([("a", 100_000), ("b", 100_000)], follower.Current.OrderBy(value => value.Key));
    }

    [Fact]
    public async Task NewFollower_IsGivenEverything()
    {
        var latest = new Latest<int>();
        latest.Change("a", _ => 1);
        latest.Change("b", _ => 2);
        await foreach (var batch in latest.Follow(Often, Never, default))
        {
            Assert.Equal([1, 2], batch.Order());
            break;
        }
    }

    [Fact]
    public async Task FollowerThatLeaves_IsForgotten()
    {
        var latest = new Latest<int>();
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
        var latest = new Latest<int>();
        await using var follower = latest.Follow(Often, TimeSpan.FromMilliseconds(20), default).GetAsyncEnumerator();
        Assert.True(await follower.MoveNextAsync());
        Assert.True(await follower.MoveNextAsync());
        Assert.Empty(follower.Current);
    }
}
