using Flow.Domain.Pictures;
using Xunit;

namespace Flow.Training.Tests.Pictures;

public sealed class PictureTests
{
    [Theory]
    [InlineData(0.0, 158, 1, 66)]
    [InlineData(0.5, 255, 255, 191)]
    [InlineData(1.0, 94, 79, 162)]
    [InlineData(0.05, 186, 32, 72)]
    [InlineData(-3.0, 158, 1, 66)]
    public void Spectral_PassesThroughColorBrewersClasses(double value, int r, int g, int b) =>
        Assert.Equal(((byte)r, (byte)g, (byte)b), ColourMap.Spectral(value));

    // Entries 0, 128 and 255 of the published table; the published fit is up to 22 levels off in red at the very end, 40 in blue.
    [Theory]
    [InlineData(0.0, 48, 18, 59)]
    [InlineData(128 / 255.0, 164, 252, 60)]
    [InlineData(1.0, 122, 4, 3)]
    public void Turbo_IsThePublishedTableWithinTheFit(double value, int r, int g, int b)
    {
        var colour = ColourMap.Turbo(value);
        Assert.InRange(colour.R, r - 22, r + 22);
        Assert.InRange(colour.G, g - 16, g + 16);
        Assert.InRange(colour.B, b - 40, b + 40);
    }

    [Fact]
    public void InvalidPixels_AreBlack() =>
        Assert.Equal([158, 1, 66, 0, 0, 0], ColourMap.Paint([2f, 3f], [true, false], 2, 3, ColourMap.Spectral));

    [Fact]
    public void NoMotion_IsWhite() => Assert.Equal([255, 255, 255], FlowWheel.Paint([0f, 0f]));

    [Theory]
    [InlineData(1.0, 0.0, 255, 0, 0)]
    [InlineData(-1.0, 0.0, 0, 209, 255)]
    public void Direction_IsHue(double u, double v, int r, int g, int b)
    {
        var colour = FlowWheel.Colour(u, v);
        Assert.InRange(colour.R, r - 25, r + 25);
        Assert.InRange(colour.G, g - 25, g + 25);
        Assert.InRange(colour.B, b - 25, b + 25);
    }

    [Fact]
    public void Length_IsSaturation_AndBeyondTheUnitItDarkens()
    {
        Assert.True(FlowWheel.Colour(0.2, 0).G > FlowWheel.Colour(0.8, 0).G);
        Assert.InRange(FlowWheel.Colour(3, 0).R, 180, 195);
    }

    [Fact]
    public void Overlay_TintsTheMaskAlone() =>
        Assert.Equal([255, 50, 50, 100, 100, 100], MaskOverlay.Paint([255, 100, 100, 100, 100, 100], [true, false], (255, 0, 0)));
}
