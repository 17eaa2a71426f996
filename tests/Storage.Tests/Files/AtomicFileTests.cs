using Flow.Storage.Files;
using Xunit;

namespace Flow.Storage.Tests.Files;

public sealed class AtomicFileTests : IDisposable
{
    readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Write_ReplacesTheWholeFile()
    {
        AtomicFile.WriteText(folder["a.txt"], "a long first version");
        AtomicFile.WriteText(folder["a.txt"], "short");
        Assert.Equal("short", File.ReadAllText(folder["a.txt"]));
        Assert.Single(Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void Write_ThatFails_LeavesTheOldFileAndNothingElse()
    {
        AtomicFile.WriteText(folder["a.txt"], "old");
        Assert.Throws<InvalidOperationException>(() => AtomicFile.Write(folder["a.txt"], stream =>
        {
            stream.WriteByte(1);
            throw new InvalidOperationException();
        }));
        Assert.Equal("old", File.ReadAllText(folder["a.txt"]));
        Assert.Single(Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void Write_OnAFullDisk_FailsAndLeavesNothing()
    {
        // /dev/full answers every write with ENOSPC, as a full disk does.
        Assert.Throws<DiskFullException>(() => AtomicFile.WriteThrough(folder["a.txt"], temporary =>
        {
            File.WriteAllText(temporary, "half");
            using var full = new FileStream("/dev/full", FileMode.Open, FileAccess.Write, FileShare.None, bufferSize: 0);
            full.Write(new byte[4096]);
        }));
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public void Write_ByManyThreadsToOneName_EndsWithOneOfTheirFiles()
    {
        Parallel.For(0, 32, i => AtomicFile.WriteText(folder["a.txt"], new string((char)('a' + i % 26), 10_000)));
        var text = File.ReadAllText(folder["a.txt"]);
        Assert.Equal(10_000, text.Length);
        Assert.Single(text.Distinct());
        Assert.Single(Directory.GetFiles(folder.Path));
    }
}
