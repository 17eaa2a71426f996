using LanguageExt;

namespace Flow.Domain.Compute;

/// <summary>Where work is priced: a device, how well it is used, what an hour of it costs, and what counts.</summary>
/// <param name="Mfu">Model FLOPs utilisation, in (0, 1]: 0.3 to 0.45 is typical of well-run training.</param>
/// <param name="DollarsPerHour">Price of one device for an hour, if known.</param>
public sealed record Placement(Device Device, double Mfu, Option<double> DollarsPerHour, CountingRules Rules)
{
    public Cost Price(double macs, double images, double tokens)
    {
        var seconds = macs * CountingRules.FlopsPerMac / (Device.PeakTflops * 1e12 * Mfu);
        return new Cost(macs, macs * Rules.ShownFlopsPerMac, images, tokens, seconds, DollarsPerHour.Map(dollars => dollars * seconds / 3600));
    }
}
