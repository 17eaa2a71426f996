using Flow.Domain.Data;
using Flow.Domain.Models;
using Flow.Domain.Runs;
using Flow.Torch;
using Flow.Training.Loop;
using Xunit;
using static TorchSharp.torch;

namespace Flow.Training.Tests.Loop;

public sealed class TrainerTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(11)]
    public void ResumedRun_IsTheUndisturbedRunToTheBit(int stoppedAt)
    {
        var (whole, wholeRows) = Trained(TinyRuns.Run());
        TrainingState? saved = null;
        var rows = new List<StepRow>();
        using var stop = new CancellationTokenSource();
        var outcome = Trainer.Run(TinyRuns.Run(), TinyRuns.Batches(), TinyRuns.Hooks(
            (state, _) => saved = TinyRuns.Copy(state),
            report: row =>
            {
                rows.Add(row);
                if (row.Step == stoppedAt) stop.Cancel();
            }), stop.Token);
        Assert.Equal(new TrainingOutcome.Cancelled(stoppedAt), outcome);

        var (resumed, moreRows) = Trained(TinyRuns.Run() with { Start = new TrainingStart.Resume(saved!) }, stoppedAt);
        Assert.Equal(TinyRuns.Numbers(whole), TinyRuns.Numbers(resumed));
        Assert.Equal(wholeRows.Select(Logged), rows.Concat(moreRows).Select(Logged));

        static object Logged(StepRow row) => (row.Step, row.Loss, row.LearningRate, row.GradNorm, row.Macs);
    }

    [Fact]
    public void Training_LowersTheLoss()
    {
        var (_, rows) = Trained(TinyRuns.Run(steps: 150));
        Assert.True(rows.TakeLast(20).Average(r => r.Loss.Mse) < 0.6 * rows.Take(10).Average(r => r.Loss.Mse));
        Assert.All(rows, row => Assert.True(row is { GradNorm: > 0, ImagesPerSecond: > 0, MemoryBytes: > 1 << 20, Seconds: > 0 }));
        Assert.Equal(150 * 8 * 3 * Accounting.ForwardMacs(TinyRuns.Model), rows[^1].Macs, 1e-6 * rows[^1].Macs);
        Assert.Equal(rows[5].ImagesPerSecond * 4, rows[5].TokensPerSecond, 1e-6);
    }

    [Fact]
    public void MicroBatches_GiveTheGradientsOfTheWholeBatch()
    {
        var whole = Trained(TinyRuns.Run()).Rows;
        var parts = Trained(TinyRuns.Run(change: train => train with { MicroBatch = 2 })).Rows;
        // the sums run in another order: fp32 rounding, amplified by twelve steps
        Assert.All(whole.Zip(parts), pair => Assert.Equal(pair.Item1.Loss.Mse, pair.Item2.Loss.Mse, 1e-5));
        Assert.All(whole.Zip(parts), pair => Assert.Equal(pair.Item1.GradNorm, pair.Item2.GradNorm, 1e-4));
    }

    [Fact]
    public void ImageToImage_ReadsItsCondition()
    {
        var run = TinyRuns.Run() with { Model = TinyRuns.Model with { Conditioning = Conditioning.ImageToImage } };
        var one = Train(run, TinyRuns.Batches(conditionChannels: 4)).Rows;
        var other = Train(run, TinyRuns.Batches(conditionChannels: 4).Select(b => b with { Condition = new float[b.Condition.Length] })).Rows;
        Assert.NotEqual(one[^1].Loss, other[^1].Loss);
    }

    [Fact]
    public void Generalist_LogsTheLossOfEachTask()
    {
        var model = TinyRuns.Model with { Conditioning = Conditioning.Generalist, Classes = 3 + StageSpec.FineTune.TaskLabels };
        var batches = TinyRuns.Batches(conditionChannels: 8).Select(b => b with { Labels = [.. b.SampleIds.Select(id => 3 + id % 2)] });
        var rows = Train(TinyRuns.Run(change: train => train with { MicroBatch = 2 }) with { Model = model }, batches).Rows;
        Assert.All(rows, row => Assert.Equal([3L, 4L], row.LossByTask.Keys.Order()));
        // four samples of each task in a batch of eight
        Assert.All(rows, row => Assert.Equal(row.Loss.Mse, row.LossByTask.Values.Average(), 1e-5));
        Assert.Empty(Trained(TinyRuns.Run()).Rows[0].LossByTask);
    }

    [Fact]
    public void MixtureOfExperts_LogsItsBalanceApart()
    {
        var run = TinyRuns.Run() with { Model = TinyRuns.Model with { Moe = new MoeSpec(4, 2) } };
        var rows = Train(run, TinyRuns.Batches()).Rows;
        // alpha x E x sum f P is alpha for even use, for each of the two layers, and at most alpha x E
        Assert.All(rows, row => Assert.InRange(row.Loss.Balance, 2 * 0.0099, 2 * 0.04));
        // four experts, two for each token: no share is above a half, and the shares of each layer sum to 1
        Assert.All(rows, row => Assert.True(row.Experts is { Least: >= 0 and <= 1, Most: >= 1 and <= 2 }, $"{row.Experts}"));
        Assert.All(Trained(TinyRuns.Run()).Rows, row => Assert.Equal((0, null), (row.Loss.Balance, row.Experts)));
    }

    [Fact]
    public void Bfloat16_TrainsFp32WeightsToNearlyTheSameLosses()
    {
        var full = Trained(TinyRuns.Run(steps: 40)).Rows;
        var (state, half) = Trained(TinyRuns.Run(steps: 40, change: train => train with { Precision = Precision.Bf16 }));
        Assert.All(state.Weights.Values.Concat(state.Ema.Values), weight => Assert.Equal(ScalarType.Float32, weight.dtype));
        // 8 bits of mantissa: 0.4 % a product, averaged over many
        Assert.All(full.Zip(half), pair => Assert.Equal(pair.Item1.Loss.Mse, pair.Item2.Loss.Mse, 0.02 * pair.Item1.Loss.Mse));
        Assert.Equal(TensorEngine.Current.HasFastBfloat16(CPU), full[^1].Loss.Mse != half[^1].Loss.Mse);
    }

    [Fact]
    public void NotANumber_StopsTheRunWithItsSamplesAndACheckpoint()
    {
        var poisoned = TinyRuns.Batches().Select(b => b.Position == 4 ? b with { Target = [.. b.Target.Select(_ => float.NaN)] } : b);
        var (reason, at) = (CheckpointReason.Final, -1L);
        var outcome = Trainer.Run(TinyRuns.Run(), poisoned, TinyRuns.Hooks((state, why) => (reason, at) = (why, state.Step)), default);
        var diverged = Assert.IsType<TrainingOutcome.Diverged>(outcome);
        Assert.Equal((5, CheckpointReason.Diverged, 4), (diverged.Step, reason, at));
        Assert.Equal(TinyRuns.Batch(4, 8).SampleIds, diverged.SampleIds);
        Assert.Contains("step 5", diverged.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void HugeLearningRate_IsCalledDivergence() => Assert.IsType<TrainingOutcome.Diverged>(
        Train(TinyRuns.Run(60, change: train => train with { Optim = train.Optim with { Lr = 30 } }), TinyRuns.Batches()).Outcome);

    [Fact]
    public void Checkpoints_ComeWhenThePolicySays()
    {
        var seen = new List<(long, CheckpointReason)>();
        Trainer.Run(TinyRuns.Run(), TinyRuns.Batches(), TinyRuns.Hooks((state, why) => seen.Add((state.Step, why)), every: 4), default);
        Assert.Equal([(4, CheckpointReason.Periodic), (8, CheckpointReason.Periodic), (12, CheckpointReason.Final)], seen);
        Assert.True(new CheckpointPolicy(Interval: TimeSpan.FromSeconds(2)).IsDue(3, TimeSpan.FromSeconds(2)));
        Assert.False(new CheckpointPolicy().IsDue(1000, TimeSpan.FromDays(1)));
    }

    [Fact]
    public async Task Faults_ReachTheCallerAsTheyAre()
    {
        var wrongPlace = await Assert.ThrowsAsync<InvalidOperationException>(
            () => Trainer.RunAsync(TinyRuns.Run(), Async(TinyRuns.Batches(from: 3)), TinyRuns.Hooks(), default));
        Assert.Contains("position 3 was given to step 0", wrongPlace.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<InvalidOperationException>(
            () => Trainer.RunAsync(TinyRuns.Run(), Async(TinyRuns.Batches().Take(5)), TinyRuns.Hooks(), default));
        await Assert.ThrowsAsync<InvalidDataException>(() => Trainer.RunAsync(TinyRuns.Run(), Faulty(), TinyRuns.Hooks(), default));

        static async IAsyncEnumerable<LatentBatch> Faulty()
        {
            await Task.Yield();
            yield return TinyRuns.Batch(0, 8);
            throw new InvalidDataException("shard 7 is damaged");
        }
    }

    [Fact]
    public async Task Cancellation_StopsARunThatWaitsForItsNextBatch()
    {
        using var stop = new CancellationTokenSource();
        var run = Trainer.RunAsync(TinyRuns.Run(), Starving(stop.Token), TinyRuns.Hooks(report: _ => stop.CancelAfter(50)), stop.Token);
        Assert.Equal(new TrainingOutcome.Cancelled(1), await run.WaitAsync(TimeSpan.FromMinutes(2)));

        static async IAsyncEnumerable<LatentBatch> Starving([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken token)
        {
            yield return TinyRuns.Batch(0, 8);
            await Task.Delay(Timeout.Infinite, token);
        }
    }

    static (TrainingState Final, List<StepRow> Rows) Trained(TrainingRun run, long from = 0)
    {
        var (outcome, final, rows) = Train(run, TinyRuns.Batches(run.Train.Batch, from));
        Assert.Equal(new TrainingOutcome.Finished(run.Train.Steps), outcome);
        return (final, rows);
    }

    static (TrainingOutcome Outcome, TrainingState Final, List<StepRow> Rows) Train(TrainingRun run, IEnumerable<LatentBatch> batches)
    {
        TrainingState? final = null;
        var rows = new List<StepRow>();
        var outcome = Trainer.Run(run, batches, TinyRuns.Hooks((state, _) => final = TinyRuns.Copy(state), report: rows.Add), default);
        return (outcome, final!, rows);
    }

    static async IAsyncEnumerable<LatentBatch> Async(IEnumerable<LatentBatch> batches)
    {
        await Task.Yield();
        foreach (var batch in batches) yield return batch;
    }
}
