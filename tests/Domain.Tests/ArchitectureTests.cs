using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Xml.Linq;
using Xunit;

namespace Flow.Domain.Tests;

/// <summary>Issue 3, line 7: Domain is pure, and the arrows of DESIGN.md run downward.</summary>
[Trait("Kind", "House")]
public sealed class ArchitectureTests
{
    /// <summary>What each project may reference: only what lies below it.</summary>
    static readonly Dictionary<string, string[]> Below = new()
    {
        ["Domain"] = [],
        ["Torch"] = ["Domain"],
        ["Storage"] = ["Domain"],
        ["Dataflow"] = ["Domain", "Storage"],
        ["Training"] = ["Domain", "Torch"],
        ["Jobs"] = ["Domain", "Torch", "Storage", "Dataflow", "Training"],
        ["Dashboard"] = ["Domain", "Storage", "Jobs"],
        ["Cli"] = ["Domain", "Torch", "Storage", "Dataflow", "Training", "Jobs", "Dashboard"],
    };

    public static TheoryData<string> Projects() => new(Below.Keys);

    [Theory, MemberData(nameof(Projects))]
    public void References_RunDownward(string project)
    {
        var allowed = Below[project].Select(name => $"Flow.{name}");
        Assert.Empty(ProjectReferences(project).Except(allowed));
    }

    [Fact]
    public void Domain_ReferencesLanguageExtAndTheBaseLibraryOnly()
    {
        var foreign = typeof(SpecError).Assembly.GetReferencedAssemblies().Select(name => name.Name!)
            .Where(name => name is not "LanguageExt.Core" && !IsBaseLibrary(name));
        Assert.Empty(foreign);
        Assert.Equal(["LanguageExt.Core"], Packages("Domain"));
    }

    /// <summary>No clock, no files, no console, no environment, no threads, no network, no randomness that is not passed in.</summary>
    [Theory]
    [InlineData("System.DateTime", "get_Now")]
    [InlineData("System.DateTime", "get_UtcNow")]
    [InlineData("System.DateTimeOffset", "get_Now")]
    [InlineData("System.DateTimeOffset", "get_UtcNow")]
    [InlineData("System.Diagnostics.Stopwatch", null)]
    [InlineData("System.Environment", "GetEnvironmentVariable")]
    [InlineData("System.Environment", "get_TickCount64")]
    [InlineData("System.Environment", "get_ProcessorCount")]
    [InlineData("System.Environment", "get_MachineName")]
    [InlineData("System.Environment", "get_NewLine")]
    [InlineData("System.Console", null)]
    [InlineData("System.Random", null)]
    [InlineData("System.Guid", "NewGuid")]
    [InlineData("System.IO.File", null)]
    [InlineData("System.IO.Directory", null)]
    [InlineData("System.IO.FileStream", null)]
    [InlineData("System.Threading.Thread", null)]
    [InlineData("System.Threading.Tasks.Task", "Run")]
    [InlineData("System.Threading.Tasks.Parallel", null)]
    [InlineData("System.Net.Http.HttpClient", null)]
    [InlineData("System.Diagnostics.Process", null)]
    public void Domain_DoesNotCall(string type, string? member)
    {
        var calls = Calls().Where(call => call.Type == type && (member is null || call.Member == member));
        Assert.Empty(calls);
    }

    /// <summary>The test above can fail: Domain does call things.</summary>
    [Fact]
    public void Calls_AreFound() => Assert.Contains(("System.Math", "Round"), Calls());

    /// <summary>Records of Domain have no setter but init: a value never changes.</summary>
    [Fact]
    public void Domain_IsImmutable()
    {
        var setters =
            from type in typeof(SpecError).Assembly.GetTypes()
            where type.IsPublic || type.IsNestedPublic
            from property in type.GetProperties(BindingFlags.Instance | BindingFlags.Public | BindingFlags.DeclaredOnly)
            where property.SetMethod is { IsPublic: true } setter
                && !setter.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(System.Runtime.CompilerServices.IsExternalInit))
            select $"{type.FullName}.{property.Name}";
        Assert.Empty(setters);
    }

    static bool IsBaseLibrary(string name) => name is "System.Private.CoreLib" or "netstandard" || name.StartsWith("System.", StringComparison.Ordinal);

    static IEnumerable<string> ProjectReferences(string project) =>
        Items(project, "ProjectReference").Select(path => Path.GetFileNameWithoutExtension(path.Replace('\\', '/')));

    static IEnumerable<string> Packages(string project) => Items(project, "PackageReference");

    static IEnumerable<string> Items(string project, string kind) =>
        XDocument.Load(Path.Combine(Checkout.Root, project, $"Flow.{project}.csproj")).Descendants(kind).Select(item => item.Attribute("Include")!.Value);

    /// <summary>Every member of another assembly that Domain's code names, read from its metadata.</summary>
    static HashSet<(string Type, string Member)> Calls()
    {
        using var file = File.OpenRead(typeof(SpecError).Assembly.Location);
        using var image = new PEReader(file);
        var metadata = image.GetMetadataReader();
        return metadata.MemberReferences.Select(metadata.GetMemberReference)
            .Where(member => member.Parent.Kind == HandleKind.TypeReference)
            .Select(member => (Name(metadata, metadata.GetTypeReference((TypeReferenceHandle)member.Parent)), metadata.GetString(member.Name)))
            .ToHashSet();
    }

    static string Name(MetadataReader metadata, TypeReference type) => $"{metadata.GetString(type.Namespace)}.{metadata.GetString(type.Name)}";
}
