using Flow.Domain.Compute;
using Flow.Domain.Planning;
using Flow.Domain.Studies;
using Xunit;

namespace Flow.Domain.Tests.Studies;

/// <summary>Every study of the folder studies/ validates and plans at every scale.</summary>
public sealed class CatalogTests
{
    public static TheoryData<string, string> Files()
    {
        var data = new TheoryData<string, string>();
        foreach (var file in Directory.GetFiles(Path.Combine(Checkout.Root, "studies"), "*.json").Order(StringComparer.Ordinal))
        {
            var scales = StudyText.ScalesOf(File.ReadAllText(file)).IfFail([]);
            foreach (var scale in scales.DefaultIfEmpty("")) data.Add(Path.GetFileNameWithoutExtension(file), scale);
        }
        return data;
    }

    [Theory, MemberData(nameof(Files))]
    public void Study_IsValidAndCanBePlanned(string name, string scale)
    {
        var study = Read(name, scale);
        var plan = Plan.Of(study);
        Assert.Equal(StepKind.Report, plan.Steps.Last.Kind);
        Assert.Equal(name, study.Name);
    }

    /// <summary>A study says what it claims, where that is from, what it costs and how to run it.</summary>
    [Theory, MemberData(nameof(Files))]
    public void Study_HasItsHeader(string name, string scale)
    {
        var spec = Read(name, scale).Spec;
        Assert.All([spec.Claim, spec.Source, spec.Cost, spec.Command], line => Assert.NotEmpty(line));
        Assert.Contains(name, File.ReadAllText(Path.Combine(Checkout.Root, "docs", "studies.md")), StringComparison.Ordinal);
    }

    /// <summary>
    /// The tiny scale is for 30 minutes on two CPU cores. One core trains a model of width D at 0.07 D x 10^9 MACs a second or more: 1.4 at 20,
    /// 8.0 at 64, 15.3 at 128 (facts/tiny.md section 6); two cores take 0.6 times as long. Data, codec and start-up take the rest.
    /// </summary>
    [Theory, MemberData(nameof(Files))]
    public void TinyStudies_FitIntoHalfAnHour(string name, string scale)
    {
        if (scale == "paper") return;
        var plan = Plan.Of(Read(name, scale));
        var seconds = plan.Steps.Sum(step => Lineage.Of(plan, step.Name).Map(lineage => Seconds(plan, step, 0.07e9 * lineage.Model.Hidden)).IfNone(0));
        Assert.InRange(0.6 * seconds, 1, 1200);
    }

    static double Seconds(Plan plan, Step step, double macsPerSecond) =>
        StepCost.Marginal(plan, step, new Placement(new Device("a core", 1), 1, LanguageExt.Prelude.None, new CountingRules()))
            .Map(cost => cost.Macs / macsPerSecond).IfNone(double.PositiveInfinity);

    public static Study Read(string name, string scale) =>
        StudyText.Read(File.ReadAllText(Path.Combine(Checkout.Root, "studies", $"{name}.json")), scale.Length == 0 ? LanguageExt.Prelude.None : scale)
            .Match(Succ: study => study, Fail: mistakes => throw new Xunit.Sdk.XunitException(string.Join("\n", mistakes)));
}
