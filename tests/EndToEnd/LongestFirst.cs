using Xunit;
using Xunit.Abstractions;

[assembly: TestCollectionOrderer("Flow.EndToEnd.LongestFirst", "Flow.EndToEnd")]

namespace Flow.EndToEnd;

/// <summary>Two classes run at a time; the longest begin, so that none of them runs alone at the end.</summary>
public sealed class LongestFirst : ITestCollectionOrderer
{
    static readonly string[] longest = [nameof(Jobs.FaultTests), nameof(DemoTests), nameof(Jobs.SurvivalTests), nameof(RealImageTests)];

    public IEnumerable<ITestCollection> OrderTestCollections(IEnumerable<ITestCollection> testCollections) =>
        testCollections.OrderBy(collection => Array.FindIndex(longest, name => collection.DisplayName.Contains(name, StringComparison.Ordinal)) is >= 0 and var at ? at : longest.Length);
}
