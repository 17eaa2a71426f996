using Flow.Domain.Runs;
using Flow.Training.Optim;
using Xunit;

namespace Flow.Training.Tests.Optim;

public sealed class SchedulesTests
{
    static readonly OptimSpec Marigold = new(Lr: 3e-5, Schedule: LrSchedule.ExponentialDecay, FinalLr: 3e-7, WarmupSteps: 100);

    [Theory]
    [InlineData(0, 0)]
    [InlineData(50, 1.5e-5)]
    [InlineData(100, 3e-5)]
    [InlineData(12550, 3e-6)] // half way through the decay: the geometric mean
    [InlineData(25000, 3e-7)]
    [InlineData(30000, 3e-7)]
    public void ExponentialDecay_IsMarigolds(long step, double lr) => Assert.Equal(lr, LearningRate.At(Marigold, step, 25000), 1e-6 * 3e-5);

    [Fact]
    public void Constant_StaysAfterItsWarmup()
    {
        var optim = new OptimSpec(Lr: 1e-4, WarmupSteps: 10);
        Assert.Equal([0, 9e-5, 1e-4, 1e-4], new long[] { 0, 9, 10, 5000 }.Select(step => Math.Round(LearningRate.At(optim, step, 400), 12)));
        Assert.Equal(1e-4, LearningRate.At(optim with { WarmupSteps = 0 }, 0, 400));
    }

    [Fact]
    public void EmaRamp_ForgetsTheStartAndReachesTheDecay()
    {
        var optim = new OptimSpec(EmaDecay: 0.995, EmaRamp: true);
        Assert.Equal(0.1, EmaDecay.At(optim, 0), 1e-12);
        Assert.Equal(91.0 / 100, EmaDecay.At(optim, 90), 1e-12);
        Assert.Equal(0.995, EmaDecay.At(optim, 5000), 1e-12);
        Assert.Equal(0.9999, EmaDecay.At(new OptimSpec(), 0), 1e-12);
    }
}
