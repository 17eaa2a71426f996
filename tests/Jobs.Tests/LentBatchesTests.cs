using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Flow.Dataflow.Streaming;
using Flow.Domain.Data;
using Flow.Domain.Planning;
using Flow.Domain.Studies;
using Flow.Jobs.Steps;
using Flow.Training.Loop;
using Xunit;
using static TorchSharp.torch;

namespace Flow.Jobs.Tests;

/// <summary>
/// Trainings read batches whose arrays are filled anew as soon as the next one is asked for. Whoever still read the old content would train
/// on other numbers: here the arrays hold NaN before they go back.
/// </summary>
public sealed class LentBatchesTests : IDisposable
{
    const int Steps = 60;

    const string Study = """
        {
          "name": "lent",
          "codec": { "like": "tiny", "fitOn": ["photos", "depth"], "fitSamples": 24 },
          "datasets": { "photos": { "like": "scene-photos", "scenes": 24 }, "depth": { "like": "scene-depth", "scenes": 24 } },
          "run": { "model": "tiny-d48-l2", "stages": [
            { "kind": "pretrain", "dataset": "photos", "train": { "like": "tiny-pretrain", "steps": 60, "batch": 4 } },
            { "kind": "fine-tune", "tasks": [{ "task": "depth", "dataset": "depth" }], "train": { "like": "tiny-perception", "steps": 60, "batch": 4, "microBatch": 2 } } ] }
        }
        """;

    readonly string root = Directory.CreateTempSubdirectory("flow-lent-").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public async Task TrainingsOnReusedArrays_EndInTheBitsOfThoseOnFreshOnes()
    {
        var plan = Plan.Of(StudyText.Read(Study).Match(Succ: study => study, Fail: mistakes => throw new InvalidDataException(string.Join("; ", mistakes))));
        var lab = new Lab(root, 2);
        var outcome = await new StudyRunner(lab, new Progress<StudyEvent>()).Run(plan, root, CancellationToken.None);
        Assert.Empty(outcome.Failures);

        var pretrain = plan.Steps.Find(step => step.Kind == StepKind.Pretrain).IfNone(() => throw new InvalidDataException("no pretraining"));
        var photographs = (Payload.Pretrain)pretrain.Payload;
        var product = Numbers(Checkpoints.Latest(lab.Steps.Open(pretrain.Name.Hex), _ => { }).IfNone(() => throw new InvalidDataException("no checkpoint")));
        var run = new TrainingRun(photographs.Model, photographs.Train, new TrainingStart.Fresh(), CPU, lab.Threads);
        await Compare(run, lab.Steps.Open(photographs.Data.Hex), product);

        var depth = plan.Steps.Map(step => step.Payload).OfType<Payload.FineTune>().Single();
        Assert.True(depth.Model.ConditionImages > 0);
        run = new TrainingRun(depth.Model, depth.Train, new TrainingStart.Fresh(), CPU, lab.Threads);
        await Compare(run, lab.Steps.Open(depth.Mixture[0].Data.Hex), product: null);
    }

    /// <param name="product">What the step itself came to.</param>
    static async Task Compare(TrainingRun run, string data, Dictionary<string, uint[]>? product)
    {
        BatchStream Stream() => BatchStream.Open(new StreamSpec(
            [new StreamSource(data)], run.Train.Seed, run.Train.Batch, run.Model.ConditionImages, run.Train.Flip, Stop: run.Train.Steps));
        var fresh = await Train(run, Stream());
        var arrays = new HashSet<float[]>(ReferenceEqualityComparer.Instance);
        var lent = await Train(run, Poisoned(Stream().Lent(), arrays));
        Assert.InRange(arrays.Count, 1, Steps - 1); // some came again
        Assert.Equal(fresh.Losses, lent.Losses);
        Assert.All(fresh.Losses, loss => Assert.True(double.IsFinite(loss.Total)));
        Assert.Equal(fresh.Numbers, lent.Numbers);
        if (product is not null) Assert.Equal(fresh.Numbers, product);
    }

    static async IAsyncEnumerable<LatentBatch> Poisoned(
        IAsyncEnumerable<LatentBatch> batches, HashSet<float[]> arrays, [EnumeratorCancellation] CancellationToken cancel = default)
    {
        await foreach (var batch in batches.WithCancellation(cancel))
        {
            arrays.Add(batch.Target);
            yield return batch;
            Array.Fill(batch.Target, float.NaN);
            Array.Fill(batch.Condition, float.NaN);
        }
    }

    static async Task<(Dictionary<string, uint[]> Numbers, List<LossParts> Losses)> Train(TrainingRun run, IAsyncEnumerable<LatentBatch> batches)
    {
        var numbers = new Dictionary<string, uint[]>();
        var losses = new List<LossParts>();
        var hooks = new TrainingHooks((state, _) => numbers = Numbers(state), new CheckpointPolicy(), row => losses.Add(row.Loss));
        Assert.Equal(new TrainingOutcome.Finished(Steps), await Trainer.RunAsync(run, batches, hooks, CancellationToken.None));
        Assert.Equal(Steps, losses.Count);
        return (numbers, losses);
    }

    /// <summary>Every bit of a state.</summary>
    static Dictionary<string, uint[]> Numbers(TrainingState state) =>
        new[] { ("weights", state.Weights), ("ema", state.Ema), ("exp_avg", state.ExpAvg), ("exp_avg_sq", state.ExpAvgSq) }
            .SelectMany(part => part.Item2.Select(tensor => (
                Name: $"{part.Item1}.{tensor.Key}", Bits: MemoryMarshal.Cast<float, uint>(tensor.Value.detach().cpu().data<float>().ToArray()).ToArray())))
            .ToDictionary(tensor => tensor.Name, tensor => tensor.Bits);
}
