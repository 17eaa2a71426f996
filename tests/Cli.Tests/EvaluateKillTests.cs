using System.Diagnostics;
using System.Text.Json;
using Xunit;

namespace Flow.Cli.Tests;

/// <summary>`flow evaluate` as a process that is killed again and again: it ends with what an undisturbed one gives, no row lost, none twice.</summary>
[Collection(InTinyLab.Name)]
public sealed class EvaluateKillTests(TinyLab lab) : IDisposable
{
    /// <summary>Two batches of samples, three chains: six journal entries to be killed between.</summary>
    const string More = "\"val\": { \"kind\": \"synthetic\", \"layout\": \"hypersim\", \"scenes\": 100, \"offset\": 2000 }";

    static readonly string[] Grid = ["--steps", "1,3,9", "--ensemble", "1,3", "--reduction", "mean"];

    readonly string root = Directory.CreateTempSubdirectory("flow-kill-").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    [Trait("Kind", "Kill")]
    public async Task KilledAfterEveryBatch_ItLosesNoRowAndMeasuresNoBatchTwice()
    {
        var (killed, undisturbed) = (Path.Combine(root, "killed"), Path.Combine(root, "undisturbed"));
        var study = Path.Combine(root, "more.json");
        await File.WriteAllTextAsync(study, (await File.ReadAllTextAsync(lab.StudyFile)).Replace(Between(await File.ReadAllTextAsync(lab.StudyFile)), More, StringComparison.Ordinal));
        Copy(lab.Store, killed);
        Assert.Equal(Verb.Done, (await Terminal.Run("run", study, "--store", killed)).Code);
        Copy(killed, undisturbed);

        var before = Scores(killed);
        for (var batches = 1; batches <= 3; batches++) KillWhen(killed, written: before.Count + batches);
        var first = Scores(killed).Except(before).First();
        var bytes = await File.ReadAllBytesAsync(first);
        var made = File.GetLastWriteTimeUtc(first);

        var (expected, answer) = (await Evaluate(undisturbed), await Evaluate(killed));
        Assert.Equal(Values(expected), Values(answer));
        Assert.Equal(6, answer.GetArrayLength());
        // A finished step was renamed, its files were not touched: the seconds in them are those of the first time.
        var kept = Directory.EnumerateFiles(Path.Combine(killed, "steps"), Path.GetFileName(first), SearchOption.AllDirectories)
            .Except(before).Single(path => path.Contains("scores", StringComparison.Ordinal) && File.GetLastWriteTimeUtc(path) == made);
        Assert.Equal(bytes, await File.ReadAllBytesAsync(kept));
        Assert.Empty(Directory.EnumerateDirectories(Path.Combine(killed, "work")));

        foreach (var view in new[] { "results", "all_results" })
        {
            var rows = (await Terminal.Run("query", $"select sampler_steps s, ensemble e, count(*) n from {view} where metric = 'absrel' and sampler_steps in (3, 9) group by all order by all", "--store", killed, "--json")).Json;
            Assert.Equal([(3, 1, 1), (3, 3, 1), (9, 1, 1), (9, 3, 1)], rows.EnumerateArray().Select(row => (row.GetProperty("s").GetInt32(), row.GetProperty("e").GetInt32(), row.GetProperty("n").GetInt32())));
        }
    }

    static string Between(string text)
    {
        var from = text.IndexOf("\"val\": {", StringComparison.Ordinal);
        return text[from..(text.IndexOf('}', from) + 1)];
    }

    /// <summary>Starts the program and kills it as soon as so many batches of scores are on disk, finished steps included.</summary>
    static void KillWhen(string store, int written)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(CommandLine).Assembly.Location, "evaluate", TinyLab.Run, .. Grid, "--samples", "100", "--store", store])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        var patience = Stopwatch.StartNew();
        while (!process.HasExited && Scores(store).Count < written)
        {
            Assert.True(patience.Elapsed < TimeSpan.FromMinutes(10), $"batch {written} never came");
            Thread.Sleep(2);
        }
        process.Kill(entireProcessTree: true);
        process.WaitForExit();
    }

    static List<string> Scores(string store) => [.. new[] { "work", "steps" }.Select(folder => Path.Combine(store, folder)).Where(Directory.Exists)
        .SelectMany(folder => Directory.EnumerateFiles(folder, "0????.json", new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true }))
        .Where(path => path.Contains("scores", StringComparison.Ordinal))];

    static async Task<JsonElement> Evaluate(string store)
    {
        var answer = await Terminal.Run(["evaluate", TinyLab.Run, .. Grid, "--samples", "100", "--store", store, "--json"]);
        Assert.True(answer.Code == Verb.Done, answer.Error);
        return answer.Json;
    }

    static IEnumerable<(int, int, string)> Values(JsonElement cells) => cells.EnumerateArray().Select(cell =>
        (cell.GetProperty("steps").GetInt32(), cell.GetProperty("ensemble").GetInt32(), cell.GetProperty("metrics").ToString()));

    static void Copy(string from, string to)
    {
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }
}
