namespace Flow.TestData;

/// <summary>
/// The one place through which tests reach the golden tensors (FLOW_GOLDEN, default ../shared/golden beside the checkout)
/// and the real data (FLOW_DATA, default ../shared/data). A checkout without them skips those tests and says so.
/// </summary>
public static class SharedFolder
{
    public static string? Golden { get; } = Find("FLOW_GOLDEN", "golden");

    public static string? Data { get; } = Find("FLOW_DATA", "data");

    static string? Find(string variable, string name)
    {
        if (Environment.GetEnvironmentVariable(variable) is { Length: > 0 } given)
            return Directory.Exists(given) ? Path.GetFullPath(given) : null;
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var candidate = Path.Combine(folder.FullName, "shared", name);
            if (Directory.Exists(candidate)) return candidate;
        }
        return null;
    }
}
