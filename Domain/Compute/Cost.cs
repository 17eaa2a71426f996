using LanguageExt;

namespace Flow.Domain.Compute;

/// <summary>An amount of work in all its units, which are always reported together. Costs add.</summary>
/// <param name="Macs">Multiply-accumulates.</param>
/// <param name="Flops">The same work in FLOPs, by the counting rules.</param>
/// <param name="Images">Images seen in training, or predicted.</param>
/// <param name="Tokens">Image tokens that these are, text tokens included.</param>
/// <param name="GpuSeconds">Seconds of one device at the placement's MFU.</param>
/// <param name="Dollars">None when no price was given.</param>
public readonly record struct Cost(double Macs, double Flops, double Images, double Tokens, double GpuSeconds, Option<double> Dollars)
{
    public static readonly Cost Nothing;

    public double GpuHours => GpuSeconds / 3600;

    public static Cost operator +(Cost a, Cost b) => new(
        a.Macs + b.Macs,
        a.Flops + b.Flops,
        a.Images + b.Images,
        a.Tokens + b.Tokens,
        a.GpuSeconds + b.GpuSeconds,
        (a.Dollars, b.Dollars) switch
        {
            ({ IsSome: true } x, { IsSome: true } y) => from dollars in x from more in y select dollars + more,
            var (x, y) => x || y,
        });

    /// <summary>A with b taken away; for work that continues earlier work.</summary>
    public static Cost operator -(Cost a, Cost b) => new(
        a.Macs - b.Macs, a.Flops - b.Flops, a.Images - b.Images, a.Tokens - b.Tokens, a.GpuSeconds - b.GpuSeconds,
        from dollars in a.Dollars from less in b.Dollars select dollars - less);

    public static Cost Sum(IEnumerable<Cost> costs) => costs.Aggregate(Nothing, (sum, cost) => sum + cost);
}
