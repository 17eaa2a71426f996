using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace Flow.Training.Codecs;

/// <summary>What a fit of the embedded codec found; all of it is needed to encode and decode.</summary>
/// <param name="ScaleFactor">1 / standard deviation of the principal components over the photographs.</param>
/// <param name="Mean">Mean patch [3 x ds x ds].</param>
/// <param name="Encoder">Principal directions times ScaleFactor, [3 x ds x ds, channels].</param>
/// <param name="Decoder">Ridge regression from (3x3 neighbourhood, 1) to painted pixels, [9 x channels + 1, 3 x paint x paint].</param>
public sealed record PatchCodecWeights(PatchCodecSpec Spec, double ScaleFactor, float[] Mean, float[] Encoder, float[] Decoder)
{
    internal PatchCodecWeights Checked()
    {
        Spec.Checked();
        Check("mean", Mean, Spec.PatchValues);
        Check("encoder", Encoder, Spec.PatchValues * Spec.Channels);
        Check("decoder", Decoder, Spec.Features * ImageBatch.Channels * Spec.PaintSide * Spec.PaintSide);
        return this;
    }

    /// <summary>SHA-256 of the spec and of every weight's bits.</summary>
    public string Hash()
    {
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        sha.AppendData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture,
            $"patch-codec/1 {Spec.Downsample} {Spec.Channels} {Spec.Margin} {ScaleFactor:R}")));
        foreach (var tensor in new[] { Mean, Encoder, Decoder }) sha.AppendData(MemoryMarshal.AsBytes(tensor.AsSpan()));
        return Convert.ToHexStringLower(sha.GetHashAndReset());
    }

    void Check(string name, float[] tensor, int expected)
    {
        if (tensor.Length != expected)
            throw new ArgumentException($"codec tensor {name} has {tensor.Length} values, {Spec} needs {expected}: fit the codec again");
    }
}
