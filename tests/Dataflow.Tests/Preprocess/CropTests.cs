using Flow.Dataflow.Codecs;
using Flow.Dataflow.Preprocess;
using Xunit;

namespace Flow.Dataflow.Tests.Preprocess;

public sealed class CropTests
{
    /// <summary>Rows of red of a 13 x 11 pattern resized by torch.nn.functional.interpolate(antialias=True) in float64: the first 15 values.</summary>
    [Theory]
    [InlineData(Kernel.Bicubic, 6, 5, new[] { 12.67, 69.35, 148.51, 134.14, 153.21, 41.04, 105.61, 158.96, 138.92, 124.04, 71.16, 140.31, 123.09, 118.37, 89.11 })]
    [InlineData(Kernel.Bilinear, 6, 5, new[] { 19.32, 70.87, 147.07, 132.8, 149.42, 45.82, 101.08, 157.78, 136.3, 123.2, 75.93, 135.43, 119.96, 124.38, 96.66 })]
    [InlineData(Kernel.Bicubic, 17, 16, new[] { -1.08, 1.58, 9.69, 24.7, 46.32, 74.56, 109.41, 149.95, 213.32, 262.0, 123.07, 120.25, 186.35, 70.39, 110.58 })]
    public void Resize_IsTorchs_WithinTheRoundingOfTwoPasses(Kernel kernel, int height, int width, double[] expected)
    {
        var image = Pattern(13, 11);
        var resized = Resample.Resize(image, height, width, kernel);
        for (var i = 0; i < expected.Length; i++)
            Assert.InRange(resized.Pixels[3 * i], Math.Clamp(expected[i], 0, 255) - 1.6, Math.Clamp(expected[i], 0, 255) + 1.6);
    }

    [Fact]
    public void Box_HalvesByTheMeanOfFour()
    {
        var image = Pattern(8, 6);
        var half = Resample.Resize(image, 4, 3, Kernel.Box);
        for (var y = 0; y < 4; y++)
            for (var x = 0; x < 3; x++)
            {
                int At(int dy, int dx) => image.Pixels[((2 * y + dy) * 6 + 2 * x + dx) * 3];
                // Bytes between the passes: columns are rounded before rows are.
                var (upper, lower) = ((At(0, 0) + At(0, 1) + 1) / 2, (At(1, 0) + At(1, 1) + 1) / 2);
                Assert.Equal((upper + lower + 1) / 2, half.Pixels[(y * 3 + x) * 3]);
            }
    }

    [Theory]
    [InlineData(500, 375)]
    [InlineData(64, 64)]
    [InlineData(65, 200)]
    [InlineData(20, 33)]
    [InlineData(1000, 131)]
    public void Centre_IsSquare_AndOfTheMiddle(int height, int width)
    {
        var image = new RgbImage(height, width, new byte[height * width * 3]);
        for (var i = 0; i < height * width; i++)
            (image.Pixels[3 * i], image.Pixels[3 * i + 1]) = ((byte)(255 * (i % width + 0.5) / width), (byte)(255 * (i / width + 0.5) / height));
        var crop = Crop.Centre(image, 64);
        Assert.Equal((64, 64, 64 * 64 * 3), (crop.Height, crop.Width, crop.Pixels.Length));
        Assert.InRange(crop.Pixels.Where((_, i) => i % 3 == 0).Average(value => value), 122, 131);
        Assert.InRange(crop.Pixels.Where((_, i) => i % 3 == 1).Average(value => value), 122, 131);
    }

    /// <summary>CRC-32 of what DiT's center_crop_arr makes of the pattern with Pillow 9.4: halving, growing, cutting both ways, odd rests.</summary>
    [Theory]
    [InlineData(375, 500, 64, 0x163fc1e1)]
    [InlineData(500, 333, 256, 0xda6a3084)]
    [InlineData(65, 200, 64, 0x25971d6f)]
    [InlineData(20, 33, 64, 0xeb4d2efe)]
    [InlineData(1000, 131, 64, 0x03fc6e9c)]
    [InlineData(129, 257, 64, 0x80aae58e)]
    [InlineData(77, 123, 32, 0x6c377ebf)]
    [InlineData(512, 384, 256, 0xed18e301)]
    public void Centre_HasTheBytesOfDiTs(int height, int width, int size, uint crc) => Assert.Equal(crc, Crc32.Of(Crop.Centre(Pattern(height, width), size).Pixels));

    /// <summary>CRC-32 of Pillow's resize of the pattern.</summary>
    [Theory]
    [InlineData(13, 11, 6, 5, Kernel.Bicubic, 0xe840d956)]
    [InlineData(13, 11, 17, 16, Kernel.Bicubic, 0x339f97f4)]
    [InlineData(375, 500, 64, 64, Kernel.Bilinear, 0x56e60b9a)]
    [InlineData(8, 6, 4, 3, Kernel.Box, 0xb41a8a21)]
    public void Resize_HasPillowsBytes(int height, int width, int toHeight, int toWidth, Kernel kernel, uint crc) =>
        Assert.Equal(crc, Crc32.Of(Resample.Resize(Pattern(height, width), toHeight, toWidth, kernel).Pixels));

    [Fact]
    public void Centre_OfTheTargetsOwnSize_ChangesNothing() => Assert.Equal(Pattern(16, 16).Pixels, Crop.Centre(Pattern(16, 16), 16).Pixels);

    [Fact]
    public void Nearest_TakesTheMiddleOfEachCell()
    {
        var field = new FloatImage(1, 6, 1, [0, 1, 2, 3, 4, 5]);
        Assert.Equal([1f, 4f], Crop.Nearest(field with { Height = 1 }, 2).Values[..2]);
        Assert.Equal([0f, 0f, 1f, 1f], Crop.Nearest(new FloatImage(1, 2, 1, [0, 1]), 4).Values[..4]);
    }

    [Fact]
    public void Mirror_TwiceIsNothing()
    {
        var planes = Planes.Of(Pattern(8, 8));
        Assert.NotEqual(planes, Planes.Mirror(planes, 8));
        Assert.Equal(planes, Planes.Mirror(Planes.Mirror(planes, 8), 8));
        Assert.Equal(planes[7], Planes.Mirror(planes, 8)[0]);
    }

    static RgbImage Pattern(int height, int width)
    {
        var image = new RgbImage(height, width, new byte[height * width * 3]);
        for (var y = 0; y < height; y++)
            for (var x = 0; x < width; x++)
                for (var c = 0; c < 3; c++) image.Pixels[(y * width + x) * 3 + c] = (byte)(x * x * 7 + y * 13 + c * 50 + x * y);
        return image;
    }
}
