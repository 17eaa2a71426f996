using Flow.Domain.Pipelines;
using Xunit;
using static LanguageExt.Prelude;

namespace Flow.Domain.Tests.Pipelines;

/// <summary>Issue 9, line 3: the verdict on what holds a data graph up.</summary>
public sealed class BottleneckTests
{
    static PipelineState Training(double waited, double reading, double filling) => new(10, waited, 640, 0, Seq(
        new BlockState("read", "row groups", 0, 1, 4, 2, 20, reading),
        new BlockState("fill", "batches", 0, 8, 8, 2, 80, filling),
        new BlockState(Bottleneck.Trainer, "batches", 8, 0, 1, 1, 80, 10 - waited)));

    [Theory]
    [InlineData(0.2, 19, 1, "train")] // reading is busy too, but nobody waits for it
    [InlineData(6, 19, 1, "read")]
    [InlineData(6, 1, 18, "fill")]
    [InlineData(6, 2, 3, "")]
    public void Verdict_NamesTheBlock(double waited, double reading, double filling, string block) =>
        Assert.Equal(block, Bottleneck.Of(Training(waited, reading, filling)).Block);

    [Fact]
    public void Verdict_TellsTheShareThatTheTrainerWaited() => Assert.Contains("60", Bottleneck.Of(Training(6, 19, 1)).Text, StringComparison.Ordinal);

    [Fact]
    public void IngestHasNoTrainer_ItsBusiestBlockCounts()
    {
        var ingest = new PipelineState(10, None, 500, 3, Seq(
            new BlockState("decode", "samples", 4, 2, 8, 4, 500, 12), new BlockState("encode", "batches", 1, 0, 2, 1, 8, 9.5)));
        Assert.Equal("encode", Bottleneck.Of(ingest).Block);
        Assert.DoesNotContain("trainer", Bottleneck.Of(ingest).Text, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void NothingDone_IsNoVerdict() => Assert.Equal("", Bottleneck.Of(new PipelineState(0, None, 0, 0, Seq<BlockState>())).Block);

    [Fact]
    public void Since_IsTheDifference_WithTheDepthsOfNow()
    {
        var (before, now) = (Training(1, 5, 5), Training(4, 9, 6) with { Seconds = 14, Samples = 1000 });
        var between = now.Since(before);
        Assert.Equal((4.0, Some(3.0), 360L), (between.Seconds, between.WaitedSeconds, between.Samples));
        Assert.Equal((4.0, 0L, 8), (between.Blocks[0].BusySeconds, between.Blocks[1].Done, between.Blocks[1].Ready));
    }
}
