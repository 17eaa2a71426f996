using Flow.Dataflow.Codecs;
using Xunit;

namespace Flow.Jobs.Tests;

public sealed class RunStepTests
{
    [Fact]
    public async Task Failure_IsFinal_AndKeepsItsMessage()
    {
        var attempts = 0;
        var outcome = await RunStep.Run(_ => { attempts++; throw new StepFailure("no images"); }, _ => { }, CancellationToken.None);
        Assert.Equal(1, attempts);
        Assert.Equal("no images", Assert.IsType<StepOutcome.Failed>(outcome).Message);
    }

    [Fact]
    public async Task AFileThatCantBeUsed_IsFinal()
    {
        var attempts = 0;
        var outcome = await RunStep.Run(_ => { attempts++; throw new BadFileException("a.csv", "is empty", "fetch it again"); }, _ => { }, CancellationToken.None);
        Assert.Equal(1, attempts);
        Assert.Contains("a.csv", Assert.IsType<StepOutcome.Failed>(outcome).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task FaultOfTheMachine_IsRetried()
    {
        var (attempts, told) = (0, new List<string>());
        var outcome = await RunStep.Run(
            _ => ++attempts < 2 ? throw new IOException("disk hiccup") : Task.CompletedTask, told.Add, CancellationToken.None);
        Assert.IsType<StepOutcome.Done>(outcome);
        Assert.Equal(2, attempts);
        Assert.Contains("disk hiccup", Assert.Single(told), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cancellation_GoesBackToTheQueue()
    {
        using var cancel = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => RunStep.Run(
            async token =>
            {
                await cancel.CancelAsync();
                token.ThrowIfCancellationRequested();
            },
            _ => { },
            cancel.Token));
    }
}
