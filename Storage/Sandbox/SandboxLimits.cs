namespace Flow.Storage.Sandbox;

/// <summary>What one sandboxed query may use before it is ended.</summary>
/// <param name="Time">From the question to the whole answer.</param>
/// <param name="EngineMemoryBytes">Of DuckDB; the process as a whole may take <see cref="ProcessMemoryBytes"/>.</param>
/// <param name="AnswerBytes">Of the answer as text.</param>
public sealed record SandboxLimits(TimeSpan Time, long EngineMemoryBytes = 1L << 30, int Threads = 2, long AnswerBytes = 64L << 20)
{
    /// <summary>The runtime and the answer need room beside the engine.</summary>
    public long ProcessMemoryBytes => EngineMemoryBytes + (1L << 30);
}
