namespace Flow.Domain.Data;

/// <summary>Multiply-accumulates of encoding and decoding one square image, by closed formula.</summary>
public static class CodecAccounting
{
    public static double EncodeMacs(CodecSpec codec, int imageSize) => codec switch
    {
        CodecSpec.PatchPca pca => Math.Pow(imageSize / pca.Downsample, 2) * 3 * pca.Downsample * pca.Downsample * pca.Channels,
        _ => AutoencoderEncode(imageSize),
    };

    public static double DecodeMacs(CodecSpec codec, int imageSize) => codec switch
    {
        // Ridge regression from 3x3 neighbouring latents and 1 to a lapped patch.
        CodecSpec.PatchPca pca => Math.Pow(imageSize / pca.Downsample, 2) * (9 * pca.Channels + 1) * 3 * Math.Pow(pca.Downsample + 2 * pca.Margin, 2),
        _ => AutoencoderDecode(imageSize),
    };

    /// <summary>Widths of AutoencoderKL's four resolutions, finest first (facts/models.md section 7).</summary>
    static readonly int[] Widths = [128, 256, 512, 512];

    /// <summary>Two ResNets a resolution, a strided convolution between resolutions, the middle, 1x1 to mean and log-variance.</summary>
    static double AutoencoderEncode(double size)
    {
        var macs = Convolution(3, 128, size);
        for (var level = 0; level < Widths.Length; level++)
        {
            var width = Widths[level];
            macs += ResNet(level == 0 ? width : Widths[level - 1], width, size) + ResNet(width, width, size);
            if (level == Widths.Length - 1) break;
            size /= 2;
            macs += Convolution(width, width, size);
        }
        return macs + Middle(size) + Convolution(512, 8, size) + 8 * 8 * size * size;
    }

    /// <summary>The middle, then three ResNets a resolution from the coarsest, each followed by an upsampling convolution but for the last.</summary>
    static double AutoencoderDecode(double imageSize)
    {
        var size = imageSize / 8;
        var macs = 4 * 4 * size * size + Convolution(4, 512, size) + Middle(size);
        for (var level = Widths.Length - 1; level >= 0; level--)
        {
            var (width, from) = (Widths[level], Widths[Math.Min(level + 1, Widths.Length - 1)]);
            macs += ResNet(from, width, size) + 2 * ResNet(width, width, size);
            if (level == 0) break;
            size *= 2;
            macs += Convolution(width, width, size);
        }
        return macs + Convolution(128, 3, size);
    }

    static double Convolution(double from, double to, double size) => 9 * from * to * size * size;

    static double ResNet(int from, int to, double size) =>
        Convolution(from, to, size) + Convolution(to, to, size) + (from == to ? 0 : (double)from * to * size * size);

    /// <summary>ResNet, one-head attention over all positions, ResNet, all 512 wide.</summary>
    static double Middle(double size)
    {
        double tokens = size * size, width = 512;
        return 2 * ResNet(512, 512, size) + 4 * tokens * width * width + 2 * tokens * tokens * width;
    }
}
