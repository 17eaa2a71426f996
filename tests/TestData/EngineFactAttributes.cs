using System.Reflection;
using Xunit;

namespace Flow.TestData;

/// <summary>A test of what our binding of libtorch does and TorchSharp's package doesn't; skipped, with the reason, in Engines=nuget.</summary>
public sealed class BindingFactAttribute : FactAttribute
{
    /// <summary>The reason of most of them.</summary>
    public const string NoGroups = "TorchSharp has no data-parallel groups";

    public BindingFactAttribute(string reason) => Skip = BuildEngines.AreNuget ? $"Engines=nuget: {reason}" : null;
}

/// <summary>A test of what Hangfire brings along; skipped, with the reason, in a build without it.</summary>
public sealed class HangfireFactAttribute : FactAttribute
{
    public HangfireFactAttribute() => Skip = BuildEngines.AreNuget ? null : "Engines=system has no Hangfire";
}

static class BuildEngines
{
    public static bool AreNuget { get; } =
        typeof(BuildEngines).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Any(entry => entry is { Key: "Engines", Value: "nuget" });
}
