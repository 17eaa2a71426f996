using Flow.Training.Checkpoints;
using Xunit;

namespace Flow.Training.Tests.Checkpoints;

public class RetentionTests
{
    [Fact]
    public void KeepLast_KeepsTheNewest() => Assert.Equal([100, 200], new Retention(KeepLast: 2).Expired([400, 100, 300, 200]));

    [Fact]
    public void KeepEvery_KeepsMilestones() =>
        Assert.Equal([100, 300], new Retention(KeepLast: 1, KeepEvery: 200).Expired([100, 200, 300, 400, 500]));

    [Fact]
    public void TheNewest_IsNeverDeleted() => Assert.Equal([1, 2], new Retention(KeepLast: 0).Expired([1, 2, 3]));
}
