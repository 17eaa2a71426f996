using System.Diagnostics;
using Xunit;

namespace Flow.Dataflow.Tests.Ingest;

/// <summary>A test that mounts a small file system in a namespace of its own; skipped where the kernel doesn't allow that.</summary>
public sealed class SmallDiskFactAttribute : FactAttribute
{
    public SmallDiskFactAttribute()
    {
        try
        {
            if (SmallDisk.Run("/tmp", "64k", "true").Code != 0) Skip = "mounting a tmpfs in a namespace of its own is not allowed here";
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Skip = "there is no unshare here";
        }
    }
}

/// <summary>Runs a shell script that sees a folder as a file system of a given size, which nobody else sees.</summary>
static class SmallDisk
{
    public static (int Code, string Out) Run(string folder, string size, string script)
    {
        using var child = Process.Start(new ProcessStartInfo("unshare")
        {
            ArgumentList = { "--map-root-user", "--mount", "sh", "-c", $"mount -t tmpfs -o size={size} none '{folder}' && {{ {script}\n}}" },
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var said = child.StandardOutput.ReadToEndAsync();
        var complained = child.StandardError.ReadToEndAsync();
        child.WaitForExit();
        return (child.ExitCode, said.Result + complained.Result);
    }
}

public sealed class FullDiskTests : IDisposable
{
    readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    /// <summary>A real ENOSPC in the middle of an ingest: a clear error, whole shards and nothing else; with more room the same command ends it.</summary>
    [SmallDiskFact]
    public async Task AFullDisk_IsNamed_LeavesNothingHalfWritten_AndTheIngestGoesOnWithMoreRoom()
    {
        var undisturbed = await KilledProgram.Ingest(folder["undisturbed"], TimeSpan.Zero, _ => { });
        Directory.CreateDirectory(folder["disk"]);
        var ingest = $"{Dotnet} '{typeof(KilledProgram).Assembly.Location}' '{folder["disk"]}/data'";
        var (code, said) = SmallDisk.Run(folder["disk"], "96k", $"""
            {ingest} >/dev/null; echo "first ended with $?"; ls -A '{folder["disk"]}/data' | sed 's/^/has /'
            mount -o remount,size=20m '{folder["disk"]}'
            {ingest} >/dev/null; echo "second ended with $?"; cat '{folder["disk"]}/data/index.json'
            """);
        Assert.True(code == 0, said);
        Assert.DoesNotContain("first ended with 0", said, StringComparison.Ordinal);
        Assert.Matches(@"data/shard-000\d\d\.parquet could not be written: the disk is full \(\d+ bytes left\)\. Make room", said);
        var left = said.Split('\n').Where(line => line.StartsWith("has ", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(left);
        Assert.All(left, line => Assert.Matches(@"^has shard-\d{5}\.parquet$", line));
        Assert.Contains("second ended with 0", said, StringComparison.Ordinal);
        Assert.Contains(undisturbed.Index.DatasetHash, said, StringComparison.Ordinal);
    }

    static string Dotnet => Environment.ProcessPath!.EndsWith("dotnet", StringComparison.Ordinal) ? Environment.ProcessPath : "dotnet";
}
