using Flow.Torch;
using Flow.Training.Loop;
using Xunit;

namespace Flow.Training.Tests.Loop;

/// <summary>What the whole process holds, so that no other test may run beside these.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
[Collection(Name)]
public sealed class MemoryTests
{
    const string Name = "memory";

    [Fact]
    public void Memory_StaysFlatOverManySteps()
    {
        var (handles, bytes) = (new List<long>(), new List<long>());
        Trainer.Run(TinyRuns.Run(steps: 900, batch: 2), TinyRuns.Batches(2), TinyRuns.Hooks(report: row =>
        {
            if (row.Step % 100 != 0) return;
            handles.Add(TensorEngine.Current.LiveTensors);
            bytes.Add(row.MemoryBytes);
        }), default);
        Assert.InRange(handles[^1] - handles[1], long.MinValue, 0); // what earlier tests left to the collector may go meanwhile
        Assert.InRange(bytes[^1] - bytes[1], long.MinValue, 60 << 20);
    }
}
