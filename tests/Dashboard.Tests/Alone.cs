using Xunit;

namespace Flow.Dashboard.Tests;

/// <summary>For what measures this whole process: servers of other tests would be counted too.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Alone
{
    public const string Name = "alone";
}
