using Flow.Storage.Steps;
using Xunit;

namespace Flow.Storage.Tests.Steps;

public sealed class StepStoreTests : IDisposable
{
    readonly TemporaryFolder folder = new();
    readonly StepStore store;

    public StepStoreTests() => store = new StepStore(folder.Path);

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Commit_MakesTheStepExistWithItsFiles()
    {
        var work = store.Begin("train-abc", 1);
        Assert.False(store.Exists("train-abc"));
        Directory.CreateDirectory(Path.Combine(work.Directory, "inner"));
        File.WriteAllText(Path.Combine(work.Directory, "inner", "weights"), "w");
        work.Commit();
        Assert.True(store.Exists("train-abc"));
        Assert.Equal("w", File.ReadAllText(Path.Combine(store.Open("train-abc"), "inner", "weights")));
        Assert.Equal(["train-abc"], store.Finished());
        Assert.Empty(Directory.GetDirectories(folder["work"]));
    }

    [Fact]
    public void Begin_InheritsTheCheckpointsOfTheAttemptBefore()
    {
        File.WriteAllText(Path.Combine(store.Begin("a", 1).Directory, "checkpoint"), "step 7");
        var second = store.Begin("a", 2);
        Assert.Equal("step 7", File.ReadAllText(Path.Combine(second.Directory, "checkpoint")));
    }

    [Fact]
    public void Commit_OfAnOvertakenAttempt_IsRefused()
    {
        var first = store.Begin("a", 1);
        first.ThrowIfTaken();
        var second = store.Begin("a", 2);
        Assert.Throws<StaleAttemptException>(first.ThrowIfTaken);
        Assert.Throws<StaleAttemptException>(first.Commit);
        second.Commit();
        Assert.Throws<StaleAttemptException>(second.Commit);
    }

    [Fact]
    public void Begin_WithAnOlderFence_IsRefused()
    {
        store.Begin("a", 5);
        Assert.Throws<StaleAttemptException>(() => store.Begin("a", 4));
        Assert.Equal(5, store.Begin("a", 5).Attempt);
    }

    [Fact]
    public void Begin_OfAFinishedStep_IsRefused_UntilItIsForgotten()
    {
        store.Begin("a", 1).Commit();
        Assert.Throws<StaleAttemptException>(() => store.Begin("a", 2));
        store.Forget("a");
        Assert.False(store.Exists("a"));
        store.Begin("a", 2).Commit();
        Assert.True(store.Exists("a"));
    }

    [Fact]
    public void Attempts_OfAStepWhoseNameBeginsWithAnother_AreItsOwn()
    {
        store.Begin("a-1", 3);
        var a = store.Begin("a", 1);
        Assert.EndsWith("a-1", a.Directory, StringComparison.Ordinal);
        Assert.Equal(2, Directory.GetDirectories(folder["work"]).Length);
        store.Discard("a");
        Assert.Single(Directory.GetDirectories(folder["work"]));
    }

    [Fact]
    public void Open_OfAStepThatWasNotRun_NamesIt() =>
        Assert.Contains("nobody", Assert.Throws<DirectoryNotFoundException>(() => store.Open("nobody")).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("../etc")]
    [InlineData("")]
    [InlineData("a/b")]
    [InlineData(".hidden")]
    [InlineData("a*")]
    public void Names_ThatAreNotPlain_AreRefused(string name) => Assert.Throws<ArgumentException>(() => store.Exists(name));
}
