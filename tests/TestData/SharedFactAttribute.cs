using Xunit;

namespace Flow.TestData;

/// <summary>A test that reads the golden tensors; skipped, with the folder's name, in a checkout without them.</summary>
public sealed class GoldenFactAttribute : FactAttribute
{
    public GoldenFactAttribute() => Skip = SharedFolder.Golden is null ? "no golden tensors: set FLOW_GOLDEN" : null;
}

/// <summary>A theory over golden tensors; skipped, with the folder's name, in a checkout without them.</summary>
public sealed class GoldenTheoryAttribute : TheoryAttribute
{
    public GoldenTheoryAttribute() => Skip = SharedFolder.Golden is null ? "no golden tensors: set FLOW_GOLDEN" : null;
}

/// <summary>A test that reads the real data; skipped, with the folder's name, in a checkout without it.</summary>
public sealed class DataFactAttribute : FactAttribute
{
    public DataFactAttribute() => Skip = SharedFolder.Data is null ? "no real data: set FLOW_DATA" : null;
}

/// <summary>A theory over the real data; skipped, with the folder's name, in a checkout without it.</summary>
public sealed class DataTheoryAttribute : TheoryAttribute
{
    public DataTheoryAttribute() => Skip = SharedFolder.Data is null ? "no real data: set FLOW_DATA" : null;
}
