using LanguageExt;
using static LanguageExt.Prelude;

namespace Flow.Domain.Data;

/// <summary>Codecs by name; the tiny ones still need to be told what to fit on.</summary>
public static class KnownCodecs
{
    public static readonly Seq<(string Name, CodecSpec Spec)> All = Seq<(string, CodecSpec)>(
        // DiT's own; the papers' latents are interchangeable between the two fine-tunes, which share the encoder.
        ("sd-vae", new CodecSpec.AutoencoderKl("sd-vae-ft-ema", "${FLOW_VAE}")),
        // facts/tiny.md section 9: 8x8x8 and 8x8x4 latents of 64-pixel images.
        ("tiny", new CodecSpec.PatchPca(Downsample: 8, Channels: 8)),
        ("tiny-c4", new CodecSpec.PatchPca(Downsample: 8, Channels: 4)));
}
