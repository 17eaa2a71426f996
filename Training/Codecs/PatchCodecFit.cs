using MathNet.Numerics.LinearAlgebra;

namespace Flow.Training.Codecs;

/// <summary>
/// Fits the embedded codec in closed form: principal components of the patches of all images, one global scale that gives the
/// photographs' latents standard deviation 1, then the ridge regression of the decoder on the latents just defined.
/// Same images, same order: same bits, on any machine and any number of threads.
/// </summary>
public static class PatchCodecFit
{
    /// <summary>Ridge per sample, relative to a latent variance of 1: enough to condition the normal equations, too little to blur.</summary>
    const double Ridge = 1e-4;

    /// <param name="photographs">Images whose latents get standard deviation 1.</param>
    /// <param name="others">More images to represent well, such as depth maps: mixing them in halves the depth round trip's error.</param>
    public static PatchCodec Fit(PatchCodecSpec spec, ImageBatch photographs, params ImageBatch[] others)
    {
        spec.Checked();
        ImageBatch[] all = [photographs, .. others];
        if (photographs.Count == 0) throw new ArgumentException("the codec can't be fitted on no images: give it at least one");
        foreach (var images in all) CheckSize(spec, images);

        var (mean, directions) = PrincipalComponents(spec, all);
        var unscaled = new PatchCodecWeights(spec, 1, mean, directions, new float[spec.Features * PaintValues(spec)]);
        var scale = 1 / StandardDeviation(new PatchCodec(unscaled).Encode(photographs));
        var encoder = Array.ConvertAll(directions, u => (float)(u * scale));
        var scaled = unscaled with { ScaleFactor = scale, Encoder = encoder };
        return new PatchCodec(scaled with { Decoder = Decoder(new PatchCodec(scaled), all) });
    }

    static int PaintValues(PatchCodecSpec spec) => ImageBatch.Channels * spec.PaintSide * spec.PaintSide;

    static void CheckSize(PatchCodecSpec spec, ImageBatch images)
    {
        if (images.Height % spec.Downsample != 0 || images.Width % spec.Downsample != 0)
            throw new ArgumentException(
                $"codec.downsample: {spec.Downsample} does not divide images of {images.Height} x {images.Width} pixels");
    }

    static (float[] Mean, float[] Directions) PrincipalComponents(PatchCodecSpec spec, ImageBatch[] all)
    {
        var values = spec.PatchValues;
        var moments = new Moments(values, 0);
        var patch = new float[values];
        foreach (var (images, n, y, x) in Cells(spec, all))
        {
            PatchCodec.GatherPatch(images, n, y, x, spec.Downsample, patch);
            moments.Add(patch, []);
        }
        moments.Flush();
        var mean = new double[values];
        for (var i = 0; i < values; i++) mean[i] = moments.InputSum[i] / moments.Count;
        var covariance = Matrix<double>.Build.Dense(values, values,
            (i, j) => moments.Gram[i][j] / moments.Count - mean[i] * mean[j]);
        var eigen = covariance.Evd(Symmetricity.Symmetric);

        var directions = new float[values * spec.Channels];
        for (var c = 0; c < spec.Channels; c++)
        {
            var u = eigen.EigenVectors.Column(values - 1 - c);
            var sign = Math.Sign(u[u.AbsoluteMaximumIndex()]);
            for (var p = 0; p < values; p++) directions[p * spec.Channels + c] = (float)(sign * u[p]);
        }
        return (Array.ConvertAll(mean, m => (float)m), directions);
    }

    static float[] Decoder(PatchCodec codec, ImageBatch[] all)
    {
        var spec = codec.Spec;
        var moments = new Moments(spec.Features, PaintValues(spec));
        var features = new float[spec.Features];
        var target = new float[PaintValues(spec)];
        foreach (var images in all)
            for (var n = 0; n < images.Count; n++)
            {
                var one = new ImageBatch(1, images.Height, images.Width, images.Image(n).ToArray());
                var latents = codec.Encode(one);
                var shape = codec.Shape(images.Height, images.Width);
                for (var y = 0; y < shape.Height; y++)
                    for (var x = 0; x < shape.Width; x++)
                    {
                        PatchCodec.Neighbourhood(latents, shape, y, x, features);
                        GatherPainted(spec, one, y, x, target);
                        moments.Add(features, target);
                    }
            }
        moments.Flush();
        var gram = Matrix<double>.Build.Dense(spec.Features, spec.Features,
            (i, j) => moments.Gram[i][j] + (i == j ? Ridge * moments.Count : 0));
        var cross = Matrix<double>.Build.Dense(spec.Features, target.Length, (i, j) => moments.Cross[i][j]);
        var solution = gram.Cholesky().Solve(cross);
        var decoder = new float[spec.Features * target.Length];
        for (var f = 0; f < spec.Features; f++)
            for (var p = 0; p < target.Length; p++) decoder[f * target.Length + p] = (float)solution[f, p];
        return decoder;
    }

    /// <summary>The pixels that the decoder shall paint for one cell, [3, paint, paint]; outside the image its edge is repeated.</summary>
    static void GatherPainted(PatchCodecSpec spec, ImageBatch images, int cellY, int cellX, Span<float> target)
    {
        var image = images.Image(0);
        var i = 0;
        for (var c = 0; c < ImageBatch.Channels; c++)
            for (var py = 0; py < spec.PaintSide; py++)
                for (var px = 0; px < spec.PaintSide; px++)
                {
                    var y = Math.Clamp(cellY * spec.Downsample - spec.Margin + py, 0, images.Height - 1);
                    var x = Math.Clamp(cellX * spec.Downsample - spec.Margin + px, 0, images.Width - 1);
                    target[i++] = image[(c * images.Height + y) * images.Width + x];
                }
    }

    static IEnumerable<(ImageBatch Images, int N, int Y, int X)> Cells(PatchCodecSpec spec, ImageBatch[] all)
    {
        foreach (var images in all)
            for (var n = 0; n < images.Count; n++)
                for (var y = 0; y < images.Height / spec.Downsample; y++)
                    for (var x = 0; x < images.Width / spec.Downsample; x++)
                        yield return (images, n, y, x);
    }

    static double StandardDeviation(float[] values)
    {
        var mean = values.Sum(v => (double)v) / values.Length;
        return Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / values.Length);
    }
}
