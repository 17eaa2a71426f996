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
        var killed = 0;
        for (var i = 0; i < Kills; i++)
            if (RunAndKill(folder["killed"], random.Next(1, 100), random.Next(0, 30))) killed++;
        Assert.True(killed >= Kills / 2, $"only {killed} of {Kills} runs were still going when they were killed");

        if (!File.Exists(Path.Combine(folder["killed"], DatasetIndex.FileName))) await KilledProgram.Ingest(folder["killed"], TimeSpan.Zero, _ => { });
        var index = DatasetIndex.Load(folder["killed"]);
        Assert.Equal(undisturbed.Index.DatasetHash, index.DatasetHash);
        Assert.Equal(undisturbed.Index.Ledger, index.Ledger);
        Assert.Empty(Directory.EnumerateFiles(folder["killed"], ".*"));
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
