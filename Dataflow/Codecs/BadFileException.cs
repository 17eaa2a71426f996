namespace Flow.Dataflow.Codecs;

/// <summary>A file that can't be used: which one, what is wrong with it, and what to do. Never retried; ingest counts it or, under strict, stops.</summary>
public sealed class BadFileException(string file, string problem, string remedy, Exception? cause = null)
    : IOException($"{file}: {problem}; {remedy}", cause)
{
    public string File { get; } = file;
}
