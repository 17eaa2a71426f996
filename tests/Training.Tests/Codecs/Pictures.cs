using Flow.Domain.Random;
using Flow.Training.Codecs;

namespace Flow.Training.Tests.Codecs;

/// <summary>Small pictures for the codec: a shaded background and three discs in colours, and the same as a grey relief.</summary>
static class Pictures
{
    public static ImageBatch Colour(int seed, int count, int size) => Draw(seed, count, size, grey: false);

    public static ImageBatch Relief(int seed, int count, int size) => Draw(seed, count, size, grey: true);

    static ImageBatch Draw(int seed, int count, int size, bool grey)
    {
        var pixels = new float[count * 3 * size * size];
        for (var n = 0; n < count; n++)
        {
            var random = new CounterRandom(seed, Purpose.Scene, 0, n);
            for (var i = 0; i < 3 * size * size; i++)
            {
                var (channel, y, x) = (grey ? 0 : i / (size * size), i / size % size / (double)size, i % size / (double)size);
                var value = 0.6 * (Signed(random, channel) * x + Signed(random, 3 + channel) * y);
                for (var disc = 0; disc < 3; disc++)
                {
                    var at = 10 + 10 * disc;
                    var (dx, dy) = (x - random.Uniform(at), y - random.Uniform(at + 1));
                    if (dx * dx + dy * dy < 0.03 + 0.03 * random.Uniform(at + 2)) value = Signed(random, at + 3 + channel);
                }
                pixels[n * 3 * size * size + i] = (float)value;
            }
        }
        return ImageBatch.Of(count, size, size, pixels);
    }

    static double Signed(CounterRandom random, long index) => 2 * random.Uniform(index) - 1;

    /// <summary>Peak signal to noise in dB for values in [-1, 1].</summary>
    public static double Psnr(ImageBatch one, ImageBatch other)
    {
        var squares = one.Pixels.Zip(other.Pixels, (a, b) => (double)(a - b) * (a - b)).Average();
        return 10 * Math.Log10(4 / squares);
    }

    /// <summary>Mean step between neighbouring pixels across the columns where two patches meet, over the mean step elsewhere.</summary>
    public static double Blockiness(ImageBatch images, int patch)
    {
        var (border, inside) = (new List<double>(), new List<double>());
        for (var i = 0; i < images.Pixels.Length; i++)
            if (i % images.Width is > 0 and var x)
                (x % patch == 0 ? border : inside).Add(Math.Abs(images.Pixels[i] - images.Pixels[i - 1]));
        return border.Average() / inside.Average();
    }
}
