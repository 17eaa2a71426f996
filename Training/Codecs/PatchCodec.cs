using Flow.Domain.Data;

namespace Flow.Training.Codecs;

/// <summary>
/// The embedded codec, for where no autoencoder's weights can be had: the encoder keeps the principal components of each patch, the
/// decoder paints a larger patch from the 3x3 latent neighbourhood by ridge regression and blends neighbours with a sin^2 window, so
/// that no block edges show. Both are fitted in closed form (<see cref="PatchCodecFit"/>); nothing is trained.
/// </summary>
public sealed class PatchCodec : ILatentCodec
{
    readonly PatchCodecWeights weights;
    readonly float[] window;

    public PatchCodec(PatchCodecWeights weights)
    {
        this.weights = weights.Checked();
        window = BlendWindow(weights.Spec);
        Hash = weights.Hash();
    }

    public PatchCodecSpec Spec => weights.Spec;

    /// <summary>The fitted tensors, for saving.</summary>
    public PatchCodecWeights Weights => weights;

    public string Hash { get; }

    public int Downsample => Spec.Downsample;

    public double ScaleFactor => weights.ScaleFactor;

    public LatentShape Shape(int height, int width) =>
        height > 0 && width > 0 && height % Downsample == 0 && width % Downsample == 0
            ? new(Spec.Channels, height / Downsample, width / Downsample)
            : throw new ArgumentException(
                $"an image of {height} x {width} pixels has no latents: resize it so that both sides are multiples of {Downsample}");

    public float[] Encode(ImageBatch images)
    {
        var shape = Shape(images.Height, images.Width);
        var latents_NCHW = new float[images.Count * shape.Elements];
        Parallel.For(0, images.Count, n => EncodeImage(images, n, shape, latents_NCHW.AsSpan(n * shape.Elements, shape.Elements)));
        return latents_NCHW;
    }

    public ImageBatch Decode(float[] latents_NCHW, int count, LatentShape shape)
    {
        if (shape.Channels != Spec.Channels)
            throw new ArgumentException($"latents of {shape.Channels} channels given to a codec of {Spec.Channels}");
        if (latents_NCHW.Length != count * shape.Elements)
            throw new ArgumentException($"{latents_NCHW.Length} values are not {count} latents of {shape}");
        var images = new ImageBatch(count, shape.Height * Downsample, shape.Width * Downsample,
            new float[count * ImageBatch.Channels * shape.Height * shape.Width * Downsample * Downsample]);
        var features = new float[Spec.Features];
        var painted = new float[ImageBatch.Channels * Spec.PaintSide * Spec.PaintSide];
        for (var n = 0; n < count; n++)
        {
            for (var y = 0; y < shape.Height; y++)
                for (var x = 0; x < shape.Width; x++)
                {
                    Neighbourhood(latents_NCHW.AsSpan(n * shape.Elements, shape.Elements), shape, y, x, features);
                    Array.Clear(painted);
                    for (var f = 0; f < features.Length; f++)
                        Vectors.AddScaled(painted, weights.Decoder.AsSpan(f * painted.Length, painted.Length), features[f]);
                    Blend(images, n, y, x, painted);
                }
            Normalise(images, n);
        }
        return images;
    }

    /// <summary>A row of cells at a time: their patches stay in the first-level cache.</summary>
    void EncodeImage(ImageBatch images, int n, LatentShape shape, Span<float> latents_CHW)
    {
        var patches = new float[shape.Width * Spec.PatchValues];
        var z = new float[shape.Width * Spec.Channels];
        for (var y = 0; y < shape.Height; y++)
        {
            for (var line = 0; line < ImageBatch.Channels * Downsample; line++)
            {
                var row = ((line / Downsample * images.Height) + (y * Downsample) + (line % Downsample)) * images.Width;
                Vectors.Differences(
                    patches.AsSpan(line * Downsample), Spec.PatchValues, images.Image(n).Slice(row, images.Width), weights.Mean.AsSpan(line * Downsample, Downsample));
            }
            Vectors.Product(z, patches, weights.Encoder, Spec.PatchValues);
            for (var c = 0; c < Spec.Channels; c++)
                for (var x = 0; x < shape.Width; x++) latents_CHW[(c * shape.Height + y) * shape.Width + x] = z[x * Spec.Channels + c];
        }
    }

    /// <summary>The patch [3, side, side] at a cell of the patch grid.</summary>
    internal static void GatherPatch(ImageBatch images, int n, int cellY, int cellX, int side, Span<float> patch)
    {
        var image = images.Image(n);
        for (var c = 0; c < ImageBatch.Channels; c++)
            for (var y = 0; y < side; y++)
                image.Slice((c * images.Height + cellY * side + y) * images.Width + cellX * side, side)
                    .CopyTo(patch.Slice((c * side + y) * side, side));
    }

    /// <summary>The 3x3 neighbourhood of a latent pixel [C, 3, 3], edges replicated, then 1.</summary>
    internal static void Neighbourhood(ReadOnlySpan<float> latents_CHW, LatentShape shape, int y, int x, Span<float> features)
    {
        var f = 0;
        for (var c = 0; c < shape.Channels; c++)
            for (var dy = -1; dy <= 1; dy++)
                for (var dx = -1; dx <= 1; dx++)
                {
                    var row = Math.Clamp(y + dy, 0, shape.Height - 1);
                    var column = Math.Clamp(x + dx, 0, shape.Width - 1);
                    features[f++] = latents_CHW[(c * shape.Height + row) * shape.Width + column];
                }
        features[f] = 1;
    }

    /// <summary>Rises as sin^2 over the 2m pixels shared with a neighbour, whose own window falls as cos^2: the two sum to 1.</summary>
    static float[] BlendWindow(PatchCodecSpec spec)
    {
        var window = new float[spec.PaintSide];
        for (var i = 0; i < window.Length; i++)
        {
            var fromEdge = Math.Min(i, window.Length - 1 - i) + 0.5;
            window[i] = fromEdge >= 2 * spec.Margin ? 1 : (float)Math.Pow(Math.Sin(Math.PI / 2 * fromEdge / (2 * spec.Margin)), 2);
        }
        return window;
    }

    void Blend(ImageBatch images, int n, int cellY, int cellX, ReadOnlySpan<float> painted)
    {
        var side = Spec.PaintSide;
        var (top, left) = (cellY * Downsample - Spec.Margin, cellX * Downsample - Spec.Margin);
        var (firstX, lastX) = (Math.Max(0, -left), Math.Min(side, images.Width - left));
        for (var c = 0; c < ImageBatch.Channels; c++)
            for (var py = Math.Max(0, -top); py < Math.Min(side, images.Height - top); py++)
            {
                var row = ((n * ImageBatch.Channels + c) * images.Height + top + py) * images.Width + left;
                for (var px = firstX; px < lastX; px++)
                    images.Pixels[row + px] += window[py] * window[px] * painted[(c * side + py) * side + px];
            }
    }

    /// <summary>Divides the outermost m pixels by the part of the window that fell on them: there is no neighbour to complete it.</summary>
    void Normalise(ImageBatch images, int n)
    {
        for (var c = 0; c < ImageBatch.Channels; c++)
            for (var y = 0; y < images.Height; y++)
                for (var x = 0; x < images.Width; x++)
                {
                    var weight = EdgeWeight(y, images.Height) * EdgeWeight(x, images.Width);
                    if (weight != 1) images.Pixels[((n * ImageBatch.Channels + c) * images.Height + y) * images.Width + x] /= weight;
                }
    }

    float EdgeWeight(int position, int length)
    {
        var fromEdge = Math.Min(position, length - 1 - position);
        return fromEdge >= Spec.Margin ? 1 : window[fromEdge + Spec.Margin];
    }
}
