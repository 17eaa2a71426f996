using System.Diagnostics;
using System.Globalization;
using Flow.Storage.Shards;
using Xunit;

namespace Flow.Dataflow.Tests.Ingest;

public sealed class KillTests : IDisposable
{
    const int Kills = 10;

    readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    /// <summary>kill -9 at ten random moments, each followed by the same command: no sample is missing, none is there twice, and the data set is the same.</summary>
    [Fact]
    public async Task KilledTenTimes_TheDataSetIsThatOfAnUndisturbedRun()
    {
        var undisturbed = await KilledProgram.Ingest(folder["undisturbed"], TimeSpan.Zero, _ => { });
        var random = new Random(20261121);
        var (killed, whole) = (0, 0);
        string Target() => folder[$"killed{whole}"];
        for (var runs = 0; killed < Kills; runs++)
        {
            Assert.True(runs < 5 * Kills, $"only {killed} of {runs} runs were still going when they were killed");
            if (RunAndKill(Target(), random.Next(1, 100), random.Next(0, 30))) killed++;
            if (!File.Exists(Path.Combine(Target(), DatasetIndex.FileName))) continue;
            // It had come to its end by then: the next kills go to another one.
            AssertSame(undisturbed.Index, Target());
            whole++;
        }
        await KilledProgram.Ingest(Target(), TimeSpan.Zero, _ => { });
        AssertSame(undisturbed.Index, Target());
    }

    static void AssertSame(DatasetIndex expected, string folder)
    {
        var index = DatasetIndex.Load(folder);
        Assert.Equal(expected.DatasetHash, index.DatasetHash);
        Assert.Equal(expected.Ledger, index.Ledger);
        Assert.Empty(Directory.EnumerateFiles(folder, ".*"));
    }

    /// <summary>Kills the child a moment after it has told of so many samples; false when it had ended by then.</summary>
    static bool RunAndKill(string target, int samples, int milliseconds)
    {
        using var child = Process.Start(new ProcessStartInfo(Environment.ProcessPath!.EndsWith("dotnet", StringComparison.Ordinal) ? Environment.ProcessPath : "dotnet")
        {
            ArgumentList = { typeof(KilledProgram).Assembly.Location, target },
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        while (child.StandardOutput.ReadLine() is { } line)
            if (int.Parse(line, CultureInfo.InvariantCulture) >= samples) break;
        Thread.Sleep(milliseconds);
        var running = !child.HasExited;
        child.Kill();
        child.WaitForExit();
        return running;
    }
}
