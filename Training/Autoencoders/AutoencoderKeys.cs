using System.Globalization;
using System.Text.RegularExpressions;

namespace Flow.Training.Autoencoders;

/// <summary>
/// The names under which the same autoencoder has been published: diffusers' today, diffusers' before 2023 (query, key, value, proj_attn),
/// and CompVis' (first_stage_model.encoder.down..., decoder levels counted from the output side).
/// </summary>
public static partial class AutoencoderKeys
{
    /// <summary>Today's name of a tensor, or null when it is no part of the autoencoder (a diffusion model in the same file, say).</summary>
    /// <param name="levels">Number of resolutions, to turn the decoder's count around.</param>
    public static string? Modern(string key, int levels)
    {
        var name = key.StartsWith("first_stage_model.", StringComparison.Ordinal) ? key["first_stage_model.".Length..] : key;
        if (!Autoencoder().IsMatch(name)) return null;
        name = DownLevel().Replace(name, "encoder.down_blocks.$1.");
        name = UpLevel().Replace(name, level =>
            $"decoder.up_blocks.{levels - 1 - int.Parse(level.Groups[1].Value, CultureInfo.InvariantCulture)}.");
        name = MidResnet().Replace(name, block => $".mid_block.resnets.{(block.Groups[1].Value == "1" ? 0 : 1)}.");
        name = LevelResnet().Replace(name, ".resnets.$1.");
        foreach (var (old, today) in renamed) name = name.Replace(old, today, StringComparison.Ordinal);
        return name;
    }

    static readonly (string Old, string Today)[] renamed =
    [
        (".downsample.conv.", ".downsamplers.0.conv."),
        (".upsample.conv.", ".upsamplers.0.conv."),
        (".nin_shortcut.", ".conv_shortcut."),
        ("coder.norm_out.", "coder.conv_norm_out."),
        (".mid.attn_1.norm.", ".mid_block.attentions.0.group_norm."),
        (".mid.attn_1.", ".mid_block.attentions.0."),
        (".attentions.0.query.", ".attentions.0.to_q."),
        (".attentions.0.key.", ".attentions.0.to_k."),
        (".attentions.0.value.", ".attentions.0.to_v."),
        (".attentions.0.proj_attn.", ".attentions.0.to_out.0."),
        (".attentions.0.q.", ".attentions.0.to_q."),
        (".attentions.0.k.", ".attentions.0.to_k."),
        (".attentions.0.v.", ".attentions.0.to_v."),
        (".attentions.0.proj_out.", ".attentions.0.to_out.0."),
    ];

    [GeneratedRegex(@"^(encoder|decoder|quant_conv|post_quant_conv)\.")]
    private static partial Regex Autoencoder();

    [GeneratedRegex(@"^encoder\.down\.(\d{1,2})\.")]
    private static partial Regex DownLevel();

    [GeneratedRegex(@"^decoder\.up\.(\d{1,2})\.")]
    private static partial Regex UpLevel();

    [GeneratedRegex(@"\.mid\.block_([12])\.")]
    private static partial Regex MidResnet();

    [GeneratedRegex(@"\.block\.(\d{1,2})\.")]
    private static partial Regex LevelResnet();
}
