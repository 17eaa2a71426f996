using Flow.Storage.Shards;

namespace Flow.Jobs.Steps;

/// <summary>What a prediction is judged against.</summary>
/// <param name="Values">The column <c>truth</c>.</param>
/// <param name="Amodal">What the scores of amodal masks are read beside; null for other tasks.</param>
sealed record SampleTruth(byte[] Values, AmodalReference? Amodal = null)
{
    public static SampleTruth Of(ShardedData data, Decoder decoder, LatentSample sample)
    {
        byte[] Blob(string name) => sample.Blobs[data.Schema.IndexOf(name)];
        return new SampleTruth(Blob(BlobSpec.Truth), data.Schema.IndexOf(BlobSpec.Visible) < 0
            ? null
            : new AmodalReference(Blob(BlobSpec.Visible), Blob(BlobSpec.Thresholded), decoder.Target(data.Latents(sample, BlobSpec.Target))));
    }
}

/// <summary>Further masks of an amodal sample, 0 or 255 a pixel.</summary>
/// <param name="Visible">What is seen of the object.</param>
/// <param name="Thresholded">What the published threshold finds in the true picture of the whole object.</param>
/// <param name="Decoded">That picture through the codec, [3, H, W].</param>
sealed record AmodalReference(byte[] Visible, byte[] Thresholded, float[] Decoded);
