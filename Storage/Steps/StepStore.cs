using System.Globalization;
using System.Text.RegularExpressions;
using Flow.Storage.Files;

namespace Flow.Storage.Steps;

/// <summary>
/// The directories of a study's steps. A finished step is <c>steps/NAME/</c>, complete and never changed; an unfinished one is
/// <c>work/NAME-ATTEMPT/</c>. One rename turns the second into the first, so a kill at any moment leaves one or the other.
/// </summary>
public sealed partial class StepStore(string root)
{
    readonly string finished = Path.Combine(root, "steps");
    readonly string unfinished = Path.Combine(root, "work");

    public bool Exists(string name) => Directory.Exists(FinishedPath(name));

    /// <summary>The directory of a finished step. Throws when the step has not been run.</summary>
    public string Open(string name) => Exists(name)
        ? FinishedPath(name)
        : throw new DirectoryNotFoundException($"step {name} is not finished: there is no {FinishedPath(name)}");

    /// <summary>Names of all finished steps, sorted.</summary>
    public IReadOnlyList<string> Finished() => Directory.Exists(finished)
        ? [.. Directory.EnumerateDirectories(finished).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)]
        : [];

    /// <summary>Where the latest attempt of an unfinished step writes; null when there is none.</summary>
    public string? Unfinished(string name) => Attempts(name) is [.., var latest] ? WorkPath(name, latest) : null;

    /// <summary>Names of all steps that were begun and are not finished.</summary>
    public IReadOnlyList<string> Begun() => Directory.Exists(unfinished)
        ? [.. Directory.EnumerateDirectories(unfinished).Select(path => Path.GetFileName(path)).Where(name => name.Contains('-', StringComparison.Ordinal))
            .Select(name => name[..name.LastIndexOf('-')]).Where(name => Attempts(name).Count > 0).Distinct()]
        : [];

    /// <summary>
    /// Opens the work directory of an attempt. What an earlier attempt left (its checkpoints) moves into it, which also takes the
    /// directory away from a writer that was given up for dead but is not: it can no longer commit.
    /// </summary>
    /// <param name="attempt">The fencing number of the lease: a later holder has a larger one.</param>
    /// <exception cref="StaleAttemptException">A later attempt has already begun, or the step is finished.</exception>
    public StepWork Begin(string name, long attempt)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(attempt);
        if (Exists(name)) throw new StaleAttemptException(name, attempt, "it is finished");
        Directory.CreateDirectory(unfinished);
        Directory.CreateDirectory(finished);
        var work = WorkPath(name, attempt);
        var earlier = Attempts(name);
        if (earlier.Count > 0 && earlier[^1] > attempt) throw new StaleAttemptException(name, attempt, $"attempt {earlier[^1]} has begun");
        if (earlier.Count > 0 && earlier[^1] < attempt) Directory.Move(WorkPath(name, earlier[^1]), work);
        foreach (var older in earlier.SkipLast(1)) Directory.Delete(WorkPath(name, older), recursive: true);
        Directory.CreateDirectory(work);
        return new StepWork(this, name, attempt, work);
    }

    /// <summary>Throws away what an unfinished step left behind, checkpoints included.</summary>
    public void Discard(string name)
    {
        foreach (var attempt in Attempts(name)) Directory.Delete(WorkPath(name, attempt), recursive: true);
    }

    /// <summary>Deletes a finished step, so that it will run again. The rename first: a half-deleted step must not look finished.</summary>
    public void Forget(string name)
    {
        Directory.CreateDirectory(unfinished);
        var doomed = Path.Combine(unfinished, $"{name}.deleted-{Guid.NewGuid():N}");
        Durable.Rename(Open(name), doomed);
        Directory.Delete(doomed, recursive: true);
    }

    internal void ThrowIfTaken(StepWork work)
    {
        if (!Directory.Exists(work.Directory)) throw new StaleAttemptException(work.Name, work.Attempt, "a later attempt took its directory");
        if (Exists(work.Name)) throw new StaleAttemptException(work.Name, work.Attempt, "it is finished");
    }

    internal void Commit(StepWork work)
    {
        ThrowIfTaken(work);
        Durable.FlushTree(work.Directory);
        Durable.Rename(work.Directory, FinishedPath(work.Name));
    }

    List<long> Attempts(string name)
    {
        if (!Directory.Exists(unfinished)) return [];
        return [.. Directory.EnumerateDirectories(unfinished, $"{Checked(name)}-*")
            .Select(path => Path.GetFileName(path)[(name.Length + 1)..])
            .Where(suffix => suffix.All(char.IsAsciiDigit))
            .Select(suffix => long.Parse(suffix, CultureInfo.InvariantCulture))
            .Order()];
    }

    string FinishedPath(string name) => Path.Combine(finished, Checked(name));

    string WorkPath(string name, long attempt) => Path.Combine(unfinished, $"{Checked(name)}-{attempt}");

    static string Checked(string name) => PlainName().IsMatch(name)
        ? name
        : throw new ArgumentException($"'{name}' is not a step's name: 1 to 120 of a-z A-Z 0-9 . _ -, not beginning with a dot", nameof(name));

    [GeneratedRegex("^[A-Za-z0-9_-][A-Za-z0-9._-]{0,119}$")]
    private static partial Regex PlainName();
}
