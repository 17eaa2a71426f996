namespace Flow.Storage.Remote;

/// <summary>How long a download waits and how often it tries.</summary>
/// <param name="Attempts">Failures in a row, without a single new byte between them, that end it.</param>
/// <param name="WrongBytes">Whole downloads of a file with another hash than the index says that end it.</param>
public sealed record Patience(int Attempts = 6, int WrongBytes = 3)
{
    /// <summary>Before the second attempt; doubled for each further one, and varied by a quarter so that many workers don't come at once.</summary>
    public TimeSpan FirstPause { get; init; } = TimeSpan.FromMilliseconds(250);

    public TimeSpan LongestPause { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>For the answer to begin, and for every 64 KB of it to come; a store that is slower counts as gone.</summary>
    public TimeSpan Stall { get; init; } = TimeSpan.FromSeconds(30);

    /// <param name="failures">So far, from 1.</param>
    /// <param name="asked">What the store asked for (Retry-After); at most the longest pause is granted.</param>
    internal TimeSpan Pause(int failures, TimeSpan? asked)
    {
        var doubled = FirstPause * Math.Pow(2, Math.Min(failures - 1, 30)) * (0.75 + (Random.Shared.NextDouble() / 2));
        var pause = asked > doubled ? asked.Value : doubled;
        return pause < LongestPause ? pause : LongestPause;
    }
}
