using System.Globalization;
using LanguageExt;
using static LanguageExt.Prelude;

namespace Flow.Training.Checkpoints;

/// <summary>The checkpoints of one run, side by side: step-0000000500, step-0000001000, ...</summary>
public static class CheckpointFolder
{
    const string Prefix = "step-";

    public static string PathOf(string folder, long step) =>
        Path.Combine(folder, Prefix + step.ToString("D10", CultureInfo.InvariantCulture));

    /// <summary>Steps that have a checkpoint, ascending; directories still being written are not among them.</summary>
    public static IReadOnlyList<long> Steps(string folder) => Directory.Exists(folder)
        ? [.. Directory.EnumerateDirectories(folder, $"{Prefix}*").Select(StepOf).Somes().Order()]
        : [];

    /// <summary>Saves a checkpoint of the run, then deletes what the policy lets go and what crashes left behind.</summary>
    public static void Save(string folder, CheckpointState state, Retention retention)
    {
        Checkpoint.Save(PathOf(folder, state.Step), state);
        foreach (var step in retention.Expired(Steps(folder))) Directory.Delete(PathOf(folder, step), recursive: true);
        foreach (var leftover in Directory.EnumerateDirectories(folder, $".*{AtomicDirectory.TemporarySuffix}"))
            Directory.Delete(leftover, recursive: true);
    }

    /// <summary>
    /// The newest checkpoint that is whole, or none. A damaged one is reported to <paramref name="damaged"/> and passed over.
    /// </summary>
    public static Option<CheckpointState> Latest(string folder, Action<string> damaged)
    {
        foreach (var step in Steps(folder).Reverse())
        {
            var state = Checkpoint.Load(PathOf(folder, step)).Match(
                Right: Some,
                Left: error =>
                {
                    damaged(error.Message);
                    return None;
                });
            if (state.IsSome) return state;
        }
        return None;
    }

    static Option<long> StepOf(string path) =>
        long.TryParse(Path.GetFileName(path)[Prefix.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out var step) ? Some(step) : None;
}
