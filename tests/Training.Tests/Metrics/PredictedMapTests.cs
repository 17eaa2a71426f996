using Flow.Training.Metrics;
using Xunit;

namespace Flow.Training.Tests.Metrics;

public sealed class PredictedMapTests
{
    [Fact]
    public void Depth_IsTheMeanOfThePlanes_ClippedToItsRange() =>
        Assert.Equal([0.5f, 1f], PredictedMap.Depth([0.3f, 5f, -0.3f, 2f, 0f, 1f]));

    [Fact]
    public void Flow_ReadsTwoPlanesInPixels() => Assert.Equal([75f, -37.5f], PredictedMap.Flow([1f, -0.5f, 0.25f], 75));

    [Fact]
    public void Bytes_InterleaveThePlanes() => Assert.Equal([255, 128, 0, 0, 255, 255], TaskScore.Bytes([1f, -2f, 0f, 1f, -1f, 1f]));
}
