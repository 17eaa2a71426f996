using System.Globalization;
using Xunit;

namespace Flow.EndToEnd;

/// <summary>A store whose data is encoded and in which one worker has trained 50 steps on batches of 32; each test trains in a copy.</summary>
public sealed class PreparedTraining : IDisposable
{
    readonly FlowProgram first = new();
    readonly string folder = Directory.CreateTempSubdirectory("flow-studies-").FullName;

    public PreparedTraining()
    {
        var (exit, _, error) = first.Run("train", StudyOf(50));
        Assert.True(exit == 0, error);
    }

    /// <summary>The losses of the 50 steps.</summary>
    public double[] Losses() => LossesIn(first);

    /// <summary>A store with the data of the first and no training.</summary>
    public FlowProgram Copy()
    {
        var copy = new FlowProgram();
        CopyFolder(first.Store, copy.Store);
        var trained = Directory.EnumerateDirectories(Path.Combine(copy.Store, "steps"), "checkpoints", SearchOption.AllDirectories).Single();
        Directory.Delete(Path.GetDirectoryName(trained)!, recursive: true);
        foreach (var rows in new[] { "curves", "results" }) Directory.Delete(Path.Combine(copy.Store, rows), recursive: true);
        return copy;
    }

    public string StudyOf(int steps)
    {
        var file = Path.Combine(folder, $"steps-{steps}.json");
        File.WriteAllText(file, $$"""
            {
              "name": "shared", "claim": "none: data-parallel training is tested with it", "source": "this test", "cost": "seconds", "command": "flow train shared.json",
              "codec": { "like": "tiny", "fitOn": ["photos"], "fitSamples": 48 },
              "datasets": { "photos": { "like": "scene-photos", "scenes": 96 } },
              "run": { "model": "tiny-d48-l2", "stages": [
                { "kind": "pretrain", "dataset": "photos", "train": { "like": "tiny-pretrain", "steps": {{steps}}, "batch": 32 } } ] }
            }
            """);
        return file;
    }

    public static double[] LossesIn(FlowProgram program) =>
        [.. program.Json("query", "select value from curves where metric = 'loss' order by optimizer_step").EnumerateArray().Select(row => row.GetProperty("value").GetDouble())];

    public static void CopyFolder(string from, string to)
    {
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }

    /// <summary>The processes that a process has started, by their program's words.</summary>
    public static IReadOnlyList<int> ChildrenOf(int process, string word) =>
    [
        .. from folder in Directory.EnumerateDirectories("/proc")
           where int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out _)
           let stat = Read(Path.Combine(folder, "stat"))
           where stat.Length > 0 && stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1] == process.ToString(CultureInfo.InvariantCulture)
           where Read(Path.Combine(folder, "cmdline")).Contains(word, StringComparison.Ordinal)
           select int.Parse(Path.GetFileName(folder), CultureInfo.InvariantCulture),
    ];

    public void Dispose()
    {
        first.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    /// <summary>Nothing of a process that has ended meanwhile.</summary>
    static string Read(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (IOException)
        {
            return "";
        }
    }
}
