namespace Flow.Torch;

/// <summary>The tensor engine of this build (Engines=system or nuget).</summary>
public static class TensorEngine
{
    public static ITensorEngine Current { get; } = BuiltInEngine.Create();
}
