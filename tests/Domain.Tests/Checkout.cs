namespace Flow.Domain.Tests;

/// <summary>The checkout that the tests were built in.</summary>
static class Checkout
{
    public static readonly string Root = Find(new DirectoryInfo(AppContext.BaseDirectory));

    static string Find(DirectoryInfo? at)
    {
        while (at is not null && !File.Exists(Path.Combine(at.FullName, "FlowDataPipeline.sln"))) at = at.Parent;
        return at?.FullName ?? throw new DirectoryNotFoundException("no FlowDataPipeline.sln above the tests");
    }
}
