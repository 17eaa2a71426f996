using Flow.Domain.Models;
using LanguageExt;

namespace Flow.Domain.Laws;

/// <summary>Sizes between the named ones that can be built: whole heads, a width and a depth between the neighbours'.</summary>
internal static class Interpolation
{
    /// <summary>The dense models closest to a number of parameters, between a smaller and a larger named one of the same latents and patch.</summary>
    public static Seq<ModelSpec> Around(Seq<ModelSpec> models, double parameters)
    {
        var dense = models.Filter(m => m.Moe.IsNone).OrderBy(Size).ToArray();
        return dense.SelectMany(small => dense.Select(large => (small, large)))
            .Where(pair => Size(pair.small) < parameters && parameters < Size(pair.large) && Alike(pair.small, pair.large))
            .SelectMany(pair => Between(pair.small, pair.large))
            .OrderBy(m => Math.Abs(Math.Log(Size(m) / parameters))).Take(1).ToSeq().Strict();
    }

    static IEnumerable<ModelSpec> Between(ModelSpec small, ModelSpec large) =>
        from depth in Enumerable.Range(small.Depth, large.Depth - small.Depth + 1)
        from hidden in Enumerable.Range(small.Hidden / (4 * large.Heads), (large.Hidden - small.Hidden) / (4 * large.Heads) + 1).Select(i => 4 * large.Heads * i)
        where hidden >= small.Hidden && hidden <= large.Hidden
        select large with { Name = $"{small.Name}..{large.Name} (D{hidden} L{depth} H{large.Heads})", Hidden = hidden, Depth = depth };

    static bool Alike(ModelSpec a, ModelSpec b) =>
        a.Patch == b.Patch && a.LatentSize == b.LatentSize && a.LatentChannels == b.LatentChannels && a.Conditioning == b.Conditioning && a.Depth <= b.Depth && a.Hidden <= b.Hidden;

    static double Size(ModelSpec model) => Accounting.Parameters(model).Active;
}
