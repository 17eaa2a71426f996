namespace Flow.Jobs;

/// <summary>Files of finished steps by name, for whoever asks from outside: nothing but what lies in the step's own directory.</summary>
public static class StepFiles
{
    const int NameLength = 64;

    /// <summary>The whole path of a file of a finished step; null when there is no such step or file, or the path leaves the directory.</summary>
    public static string? Find(Lab lab, string step, string file)
    {
        if (!IsName(step) || !lab.Steps.Exists(step)) return null;
        var root = Path.GetFullPath(lab.Steps.Open(step)) + Path.DirectorySeparatorChar;
        var path = Path.GetFullPath(file, root);
        return path.StartsWith(root, StringComparison.Ordinal) && File.Exists(path) && !IsLinked(root, path) ? path : null;
    }

    public static bool IsName(string text) => text.Length == NameLength && text.All(char.IsAsciiHexDigitLower);

    /// <summary>Steps write no links; one that was put there leads elsewhere.</summary>
    static bool IsLinked(string root, string path)
    {
        for (var at = path; at.Length > root.Length - 1; at = Path.GetDirectoryName(at)!)
            if (File.GetAttributes(at).HasFlag(FileAttributes.ReparsePoint)) return true;
        return false;
    }
}
