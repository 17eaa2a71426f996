using System.Xml.Linq;
using Flow.Domain.Compute;
using Flow.Domain.Drawing;
using Flow.Domain.Models;
using Flow.Domain.Planning;
using Flow.Domain.Tests.Studies;
using LanguageExt;
using Xunit;
using static LanguageExt.Prelude;

namespace Flow.Domain.Tests.Drawing;

public sealed class DrawingTests
{
    static readonly Plan Plan = Plan.Of(CatalogTests.Read("generalist", "tiny"));

    [Fact]
    public void Text_NamesEveryStep_AndOpensASharedOneOnce()
    {
        var lines = PlanText.Of(Plan).Split('\n');
        Assert.All(Plan.Steps, step => Assert.Contains(lines, line => line.StartsWith(step.Name.Short, StringComparison.Ordinal)));
        var pretrain = lines.Where(line => line.Contains("pretrain", StringComparison.Ordinal)).ToArray();
        Assert.Single(pretrain, line => !line.EndsWith('↑'));
        Assert.Equal(2, pretrain.Length);
    }

    [Fact]
    public void Svg_HasABoxForEveryStep_AndAnEdgeForEveryInput()
    {
        var svg = XDocument.Parse(PlanSvg.Of(Plan));
        XNamespace ns = "http://www.w3.org/2000/svg";
        Assert.Equal(Plan.Steps.Count, svg.Descendants(ns + "g").Count());
        Assert.Equal(Plan.Steps.Sum(step => step.Inputs.Count), svg.Descendants(ns + "path").Count());
    }

    [Fact]
    public void Svg_NamesThatLookLikeMarkup_AreEscaped()
    {
        var study = CatalogTests.Read("generalist", "tiny");
        var named = study.Spec with { Run = study.Spec.Run with { Model = study.Spec.Run.Model with { Name = "<b>&\"" } } };
        Assert.NotNull(XDocument.Parse(PlanSvg.Of(Plan.Of(Flow.Domain.Studies.Study.From(named).IfFail(_ => study)))).Root);
    }

    [Fact]
    public void Difference_NamesOnlyWhatDiffers()
    {
        var a4 = Sizes.Find("a4").IfNone(() => throw new InvalidOperationException());
        var other = a4 with { Patch = 4, ClassDropout = 0.2, Moe = new MoeSpec(8, 2) };
        Assert.Equal(
            ["classDropout: default -> 0.2", "moe: default -> {\"activeExperts\":2,\"experts\":8}", "patch: default -> 4"],
            SpecDifference.Of(a4, other).Select(difference => difference.ToString()).ToArray());
        Assert.Empty(SpecDifference.Of(a4, a4));
    }

    [Fact]
    public void CostTable_ShowsEveryRunAndTheWholeInAllUnits()
    {
        var plan = Plan.Of(CatalogTests.Read("fig2", "paper"));
        var place = new Placement(new Device("H100", 989.4), 0.4, Some(2.5), new CountingRules());
        var table = CostTable.Of(StudyCost.Of(plan, place), place);
        Assert.Contains("a6         9.95e19  1.99e20  1.02e8  2.62e10        140      349", table, StringComparison.Ordinal);
        Assert.Contains("all, shared steps once", table, StringComparison.Ordinal);
        Assert.DoesNotContain("?", table, StringComparison.Ordinal);
    }
}
