using Flow.Domain;
using Flow.Domain.Compute;
using LanguageExt;

namespace Flow.Dashboard.Api;

/// <summary>Where a cost is priced, as the address or the body of a request gives it.</summary>
/// <param name="Price">Dollars for one hour of one device.</param>
public sealed record Priced(string Device = "H100", double Mfu = 0.4, double? Price = null)
{
    /// <exception cref="BadInputException">An unknown device, or an MFU that is none.</exception>
    public Placement Placed()
    {
        var device = Domain.Compute.Device.Find(Device).IfLeft(mistake => throw new BadInputException(mistake.ToString(), Prelude.Seq1(mistake)));
        return Mfu is > 0 and <= 1
            ? new Placement(device, Mfu, Prelude.Optional(Price), new CountingRules())
            : throw new BadInputException($"mfu: {Mfu} is not between 0 and 1", Prelude.Seq1(new SpecError("mfu", $"{Mfu}", "not between 0 and 1")));
    }
}

/// <summary>Work in all its units.</summary>
public sealed record CostAnswer(double Macs, double Flops, double Images, double Tokens, double GpuHours, double? Dollars)
{
    public static CostAnswer? Of(Option<Cost> cost) => cost.MatchUnsafe<CostAnswer?>(
        Some: c => new CostAnswer(c.Macs, c.Flops, c.Images, c.Tokens, c.GpuHours, c.Dollars.MatchUnsafe<double?>(dollars => dollars, () => null)),
        None: () => null);
}
