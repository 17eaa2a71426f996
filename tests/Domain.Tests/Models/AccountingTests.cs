using Flow.Domain.Models;
using Flow.Domain.Runs;
using LanguageExt;
using Xunit;
using static LanguageExt.Prelude;

namespace Flow.Domain.Tests.Models;

/// <summary>The closed formulae against every figure that was published, and against counts of the original implementations' tensors.</summary>
[Trait("Kind", "Paper")]
public sealed class AccountingTests
{
    static ModelSpec Named(string name) => Sizes.Find(name).IfNone(() => throw new KeyNotFoundException(name));

    /// <summary>Exact counts of facts/models.md sections 1 and 3: with the position table, and without it.</summary>
    [Theory]
    [InlineData("a1", 14_799_392, 14_733_856)]
    [InlineData("a2", 77_208_608, 77_077_536)]
    [InlineData("a3", 215_539_232, 215_342_624)]
    [InlineData("a4", 458_102_816, 457_840_672)]
    [InlineData("a5", 1_199_213_600, 1_198_820_384)]
    [InlineData("a6", 1_862_988_320, 1_862_529_568)]
    [InlineData("DiT-S/2", 32_963_360, 32_865_056)]
    [InlineData("DiT-B/2", 130_512_416, 130_315_808)]
    [InlineData("DiT-L/2", 458_102_816, 457_840_672)]
    [InlineData("DiT-XL/2", 675_129_632, 674_834_720)]
    public void Parameters_OfDenseModels(string name, long total, long trainable)
    {
        var count = Accounting.Parameters(Named(name));
        Assert.Equal((total, total, trainable), (count.Total, count.Active, count.Trainable));
    }

    [Theory]
    [InlineData("S/2-8E2A", 199_307_552, 71_905_568)]
    [InlineData("S/2-16E2A", 369_213_728, 71_942_432)]
    [InlineData("L/2-8E2A", 2_823_764_000, 1_011_824_672)]
    public void Parameters_OfMixtures(string name, long total, long active)
    {
        var count = Accounting.Parameters(Named(name));
        Assert.Equal((total, active), (count.Total, count.Active));
    }

    /// <summary>Other mixtures of DiT-MoE (facts/models.md section 3).</summary>
    [Theory]
    [InlineData(768, 12, 12, 8, 795_861_536, 286_253_600)]
    [InlineData(1152, 28, 16, 8, 4_168_164_128, 1_492_722_464)]
    [InlineData(1408, 40, 16, 16, 16_503_717_152, 3_181_559_072)]
    public void Parameters_OfDitMoe(int hidden, int depth, int heads, int experts, long total, long active)
    {
        var count = Accounting.Parameters(new ModelSpec("", hidden, depth, heads, Moe: new MoeSpec(experts, 2)));
        Assert.Equal((total, active), (count.Total, count.Active));
    }

    [Theory]
    [InlineData("a2", 178_027_552, 312_441_888, 581_270_560, 110_869_536, 22.60)]
    [InlineData("a3", 498_946_592, 876_802_592, 1_632_514_592, 310_110_752, 62.53)]
    [InlineData("a4", 1_062_549_536, 1_868_445_728, 3_480_238_112, 659_748_896, 132.29)]
    [InlineData("DiT-XL/2", 1_567_556_384, 2_757_415_712, 5_137_134_368, 972_820_256, 194.79)]
    public void Parameters_OfUpcycledModels(string name, long four, long eight, long sixteen, long active, double gmacs)
    {
        ModelSpec With(int experts) => new StageSpec.Upcycle(experts).After(Named(name));
        Assert.Equal([four, eight, sixteen], new[] { 4, 8, 16 }.Select(experts => Accounting.Parameters(With(experts)).Total));
        Assert.Equal(active, Accounting.Parameters(With(8)).Active);
        Assert.Equal(gmacs, Accounting.ForwardMacs(With(8)) / 1e9, tolerance: 0.006);
    }

    /// <summary>The released generalist at 512 pixels: 8 upcycled experts, 12 input channels, four routes, four more labels.</summary>
    [Fact]
    public void Parameters_OfTheReleasedGeneralist()
    {
        var dense = Named("DiT-XL/2") with { LatentSize = 64 };
        var generalist = new StageSpec.FineTune(default, null!, Conditioning.Generalist).After(new StageSpec.Upcycle(8).After(dense));
        Assert.Equal(2_758_511_264, Accounting.Parameters(generalist).Total);
    }

    [Fact]
    public void Parameters_WithDoubledInput_AndAt512()
    {
        var imageToImage = new StageSpec.FineTune(default, null!).After(Named("a1"));
        Assert.Equal(14_803_488, Accounting.Parameters(imageToImage).Total);
        Assert.Equal(14_795_280, Accounting.Parameters(Named("a1") with { LearnSigma = false }).Total);
        Assert.Equal(676_014_368, Accounting.Parameters(Named("DiT-XL/2") with { LatentSize = 64 }).Total);
    }

    /// <summary>"Gflops" of the DiT paper's table of models, printed to two decimals: within 0.1 % or that rounding.</summary>
    [Theory]
    [InlineData("DiT-S/8", 0.36)]
    [InlineData("DiT-S/4", 1.41)]
    [InlineData("DiT-S/2", 6.06)]
    [InlineData("DiT-B/8", 1.42)]
    [InlineData("DiT-B/4", 5.56)]
    [InlineData("DiT-B/2", 23.01)]
    [InlineData("DiT-L/8", 5.01)]
    [InlineData("DiT-L/4", 19.70)]
    [InlineData("DiT-L/2", 80.71)]
    [InlineData("DiT-XL/8", 7.39)]
    [InlineData("DiT-XL/4", 29.05)]
    [InlineData("DiT-XL/2", 118.64)]
    public void Macs_OfThePaper(string name, double published)
    {
        var macs = Accounting.ForwardMacs(Named(name)) / 1e9;
        Assert.True(Math.Abs(macs - published) <= Math.Max(0.0055, 0.001 * published), $"{macs} is not {published}");
    }

    /// <summary>facts/models.md section 9, at 256 and 512 pixels.</summary>
    [Theory]
    [InlineData("a1", 2.827, 16.124)]
    [InlineData("a2", 13.991, 68.771)]
    [InlineData("a3", 38.334, 177.278)]
    [InlineData("a4", 80.698, 360.982)]
    [InlineData("a5", 208.997, 902.422)]
    [InlineData("a6", 323.845, 1383.694)]
    [InlineData("DiT-XL/2", 118.621, 524.54)]
    [InlineData("S/2-8E2A", 16.03, 71.34)]
    [InlineData("L/2-8E2A", 222.48, 928.1)]
    public void Macs_AtBothResolutions(string name, double at256, double at512)
    {
        Assert.Equal(1, Accounting.ForwardMacs(Named(name)) / 1e9 / at256, tolerance: 4e-4);
        Assert.Equal(1, Accounting.ForwardMacs(Named(name) with { LatentSize = 64 }) / 1e9 / at512, tolerance: 4e-4);
    }

    /// <summary>
    /// DiT's own comparison of blocks at XL/2 (facts/models.md section 10): in-context 449 M and 119.37 G, cross-attention 598 M and
    /// 137.62 G. Its condition is a label, one token; the projection of a caption of width 1001 has as many weights as its label table.
    /// </summary>
    [Theory]
    [InlineData(Conditioning.CaptionInContext, 449, 119.37)]
    [InlineData(Conditioning.CaptionCrossAttention, 598, 137.62)]
    public void Captions_CostWhatDiTsComparisonOfBlocksSays(Conditioning conditioning, double millions, double gmacs)
    {
        var model = Named("DiT-XL/2") with { Conditioning = conditioning, Caption = new CaptionSpec(Tokens: 1, Width: 1001) };
        Assert.Equal(millions, Accounting.Parameters(model).Total / 1e6, tolerance: 0.7);
        Assert.Equal(1, Accounting.ForwardMacs(model) / 1e9 / gmacs, tolerance: 4e-4);
    }

    /// <summary>facts/tiny.md section 4 (trainable parameters, MMACs) and 6.</summary>
    [Theory]
    [InlineData("tiny-d48-l2", 107_264, 1.03)]
    [InlineData("tiny-d64-l3", 257_632, 2.63)]
    [InlineData("tiny-d96-l4", 728_864, 7.65)]
    [InlineData("tiny-d128-l6", 1_872_672, 20.07)]
    [InlineData("tiny-d20-l2-c4", 22_216, 0.195)]
    [InlineData("tiny-d64-l2-c4", 180_880, 1.749)]
    [InlineData("tiny-d128-l2-c4", 681_232, 6.767)]
    public void Tiny_AreTheMeasuredOnes(string name, long trainable, double mmacs)
    {
        var model = Named(name);
        Assert.Equal(trainable, Accounting.Parameters(model).Trainable);
        Assert.Equal(mmacs, Accounting.ForwardMacs(model) / 1e6, tolerance: 0.006);
    }

    [Fact]
    public void EveryNamedModel_IsValidAndNamedOnce()
    {
        Assert.Equal(Sizes.Names.Count, Sizes.Names.Distinct().Count);
        Assert.All(Sizes.All, spec => Assert.True(Model.From(spec).IsSuccess, spec.Name));
    }

    /// <summary>SwiGLU has three matrices where the dense MLP has two; the router is D weights a token.</summary>
    [Fact]
    public void OneExpert_CostsTheDenseBlockHalfAnMlpMore_AndTheRouter()
    {
        var a1 = Named("a1");
        var one = a1 with { Moe = new MoeSpec(1, 1, SharedExperts: 0) };
        double tokens = a1.Tokens, d = a1.Hidden;
        Assert.Equal(a1.Depth * (tokens * 4 * d * d + tokens * d), Accounting.ForwardMacs(one) - Accounting.ForwardMacs(a1));
    }

    [Fact]
    public void Macs_GrowWithDepthWidthTokensAndExperts()
    {
        var a1 = Named("a1");
        ModelSpec[] larger = [a1 with { Depth = 13 }, a1 with { Hidden = 272 }, a1 with { LatentSize = 34 }, a1 with { MlpRatio = 5 }, a1 with { Moe = Some(new MoeSpec(2, 1)) }];
        Assert.All(larger, model => Assert.True(Accounting.ForwardMacs(model) > Accounting.ForwardMacs(a1)));
    }
}
