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

    public static Study Read(string name, string scale) =>
        StudyText.Read(File.ReadAllText(Path.Combine(Checkout.Root, "studies", $"{name}.json")), scale.Length == 0 ? LanguageExt.Prelude.None : scale)
            .Match(Succ: study => study, Fail: mistakes => throw new Xunit.Sdk.XunitException(string.Join("\n", mistakes)));
}
