using LanguageExt;
using static LanguageExt.Prelude;

namespace Flow.Domain.Models;

/// <summary>The published models, and tiny ones for CPUs, as the rows of the papers' tables.</summary>
public static class Sizes
{
    /// <summary>Every named model. Latents are those of 256-pixel images (32x32x4) but for the tiny ones (8x8x8, "-c4": 8x8x4).</summary>
    public static readonly Seq<ModelSpec> All = Seq(
        // Scaling Properties of Diffusion Models for Perceptual Tasks, table 1: dense models, 16 heads at every size.
        //                    D     L   heads
        new ModelSpec("a1", 256, 12, 16),
        new ModelSpec("a2", 512, 16, 16),
        new ModelSpec("a3", 768, 20, 16),
        new ModelSpec("a4", 1024, 24, 16),
        new ModelSpec("a5", 1536, 28, 16),
        new ModelSpec("a6", 1792, 32, 16),
        // Table 2: mixtures, 2 of E experts active (names and widths of DiT-MoE).
        Mixture("S/2-8E2A", 384, 12, 6, 8),
        Mixture("S/2-16E2A", 384, 12, 6, 16),
        Mixture("L/2-8E2A", 1024, 24, 16, 8))
        // Scalable Diffusion Models with Transformers, table 1.
        .Concat(Patches("DiT-S", 384, 12, 6))
        .Concat(Patches("DiT-B", 768, 12, 12))
        .Concat(Patches("DiT-L", 1024, 24, 16))
        .Concat(Patches("DiT-XL", 1152, 28, 16))
        .Concat(Seq(
        // facts/tiny.md, sections 6 and 9: four heads at every size, D at least 1.25 times the token's C x p^2, no learned variance.
        //          D    L
        Tiny(20, 2, 4), Tiny(24, 2, 4), Tiny(32, 2, 4), Tiny(48, 2, 4), Tiny(64, 2, 4), Tiny(96, 2, 4), Tiny(128, 2, 4),
        Tiny(40, 2, 8), Tiny(48, 2, 8), Tiny(64, 2, 8), Tiny(64, 3, 8), Tiny(80, 3, 8), Tiny(96, 4, 8), Tiny(128, 6, 8)))
        .Strict();

    public static readonly Seq<string> Names = All.Map(model => model.Name).Strict();

    /// <summary>The model of a published name ("a4", "DiT-XL/2", "S/2-8E2A", "tiny-d96-l4").</summary>
    public static Option<ModelSpec> Find(string name) => All.Find(model => model.Name == name);

    static ModelSpec Mixture(string name, int hidden, int depth, int heads, int experts) =>
        new(name, hidden, depth, heads, Moe: new MoeSpec(experts, ActiveExperts: 2));

    static Seq<ModelSpec> Patches(string name, int hidden, int depth, int heads) =>
        Seq(2, 4, 8).Map(patch => new ModelSpec($"{name}/{patch}", hidden, depth, heads, patch));

    static ModelSpec Tiny(int hidden, int depth, int channels) =>
        new($"tiny-d{hidden}-l{depth}{(channels == 4 ? "-c4" : "")}", hidden, depth, Heads: 4, LatentSize: 8, LatentChannels: channels, Classes: 6,
            LearnSigma: false);
}
