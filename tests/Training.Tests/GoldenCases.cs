using Flow.TestData;

namespace Flow.Training.Tests;

/// <summary>Golden files as theory data: one case per file, found by its name.</summary>
static class GoldenCases
{
    public static IEnumerable<object[]> Files(string pattern) => GoldenFile.Named(pattern).Select(f => new object[] { f });
}
