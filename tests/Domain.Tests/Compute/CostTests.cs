using Flow.Domain.Compute;
using Flow.Domain.Data;
using Flow.Domain.Models;
using Flow.Domain.Planning;
using Flow.Domain.Tests.Studies;
using Xunit;

namespace Flow.Domain.Tests.Compute;

public sealed class CostTests
{
    static readonly Placement H100 = new(Device.Find("h100").IfLeft(_ => throw new InvalidOperationException()), 0.4, 2.5, new CountingRules());

    /// <summary>facts/models.md section 7, VAE MACs in units of 10^9.</summary>
    [Theory]
    [InlineData(256, 136.36, 311.09)]
    [InlineData(512, 558.33, 1257.26)]
    [Trait("Kind", "Paper")]
    public void Autoencoder_CostsWhatItsLayersDo(int size, double encode, double decode)
    {
        var codec = new CodecSpec.AutoencoderKl("sd");
        Assert.Equal(encode, CodecAccounting.EncodeMacs(codec, size) / 1e9, tolerance: 0.01);
        Assert.Equal(decode, CodecAccounting.DecodeMacs(codec, size) / 1e9, tolerance: 0.01);
    }

    /// <summary>facts/scaling.md section 2: 1e17 FLOPs are 4.2 minutes and 1.5e21 are 1,053 hours of an H100 at 40 %.</summary>
    [Theory]
    [InlineData(1e17, 4.2 / 60)]
    [InlineData(1.5e21, 1053)]
    [Trait("Kind", "Paper")]
    public void GpuHours_AreTheWorkedOnes(double flops, double hours) =>
        Assert.Equal(1, H100.Price(flops / 2, 0, 0).GpuHours / hours, tolerance: 0.005);

    /// <summary>facts/models.md section 9: FLOPs of 400K iterations at batch 256, 6 x MACs x images.</summary>
    [Theory]
    [InlineData("a1", 1.74e18)]
    [InlineData("a4", 4.96e19)]
    [InlineData("a6", 1.99e20)]
    [Trait("Kind", "Paper")]
    public void Training_CostsSixMacsAnImage(string name, double flops)
    {
        var macs = Sizes.Find(name).Map(Accounting.ForwardMacs).IfNone(0);
        var images = 400_000.0 * 256;
        var cost = H100.Price(H100.Rules.TrainPerForward * macs * images, images, images * 256);
        Assert.Equal(1, cost.Flops / flops, tolerance: 0.005);
    }

    [Fact]
    public void Costs_AddAndSubtractInEveryUnit()
    {
        var (a, b) = (H100.Price(1e18, 10, 100), H100.Price(3e18, 5, 50));
        var sum = a + b;
        Assert.Equal((4e18, 8e18, 15, 150), (sum.Macs, sum.Flops, sum.Images, sum.Tokens));
        Assert.Equal(a.GpuSeconds, (sum - b).GpuSeconds, 6);
        Assert.Equal(sum.GpuHours * 2.5, sum.Dollars.IfNone(0), 9);
        Assert.Equal(a, a + Cost.Nothing);
    }

    [Fact]
    public void Rules_ChangeWhatCounts()
    {
        Assert.Equal(3, new CountingRules().TrainPerForward);
        Assert.Equal(4, new CountingRules(Recompute: true).TrainPerForward);
        Assert.Equal(4, new CountingRules(BackwardPerForward: 3).TrainPerForward);
    }

    /// <summary>One FLOP for a MAC, as the DiT papers' "Gflops": half the FLOPs are shown, and the same hours, because a device's peak counts two.</summary>
    [Fact]
    public void FlopsOfAMac_AreAMatterOfCounting_HoursAreNot()
    {
        var asPrinted = (H100 with { Rules = new CountingRules(ShownFlopsPerMac: 1) }).Price(118.64e9, 1, 256);
        var usual = H100.Price(118.64e9, 1, 256);
        Assert.Equal((118.64e9, 2 * 118.64e9), (asPrinted.Flops, usual.Flops));
        Assert.Equal(usual.GpuSeconds, asPrinted.GpuSeconds);
    }

    [Fact]
    public void CustomDevices_NameTheirPeak_AndUnknownOnesAreExplained()
    {
        Assert.Equal(42.5, Device.Find("custom:42.5").Map(device => device.PeakTflops).IfLeft(0));
        var mistake = Device.Find("H1000").Match(Left: found => found.ToString(), Right: device => device.Name);
        Assert.Contains("did you mean 'H100'", mistake, StringComparison.Ordinal);
    }

    [Fact]
    public void SharedWork_IsCountedOnce()
    {
        var plan = Plan.Of(CatalogTests.Read("real-smoke", ""));
        var cost = StudyCost.Of(plan, H100);
        Assert.True(cost.Unknown.IsEmpty, string.Join(", ", cost.Unknown));
        var (total, alone) = (cost.Total.Map(c => c.Macs).IfNone(0), cost.Runs.Sum(run => run.Alone.Map(c => c.Macs).IfNone(0)));
        var pretrain = plan.Steps.Filter(step => step.Kind is StepKind.Pretrain).Map(step => StepCost.Of(plan, step, H100).Map(c => c.Macs).IfNone(0)).Sum();
        Assert.True(total < alone && total + pretrain <= alone * (1 + 1e-12), $"{total} {alone} {pretrain}");
    }
}
