using Flow.Training.Checkpoints;
using Xunit;
using static TorchSharp.torch;

namespace Flow.Training.Tests.Checkpoints;

public sealed class CheckpointTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("flow-checkpoints-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void State_ComesBackBitForBit()
    {
        using var scope = NewDisposeScope();
        var state = State(step: 12);
        Checkpoint.Save(At(12), state);
        var read = Loaded(At(12));
        Assert.Equal((12, "abc", "engine 1.13", "cpu"), (read.Step, read.SpecHash, read.Engine, read.Device));
        Assert.Equal("0.25", read.Notes["loss"]);
        foreach (var (written, back) in new[] { (state.Model, read.Model), (state.Ema, read.Ema), (state.Optimizer, read.Optimizer) })
        {
            Assert.Equal(written.Keys.Order(), back.Keys.Order());
            Assert.All(written, item => Assert.Equal(item.Value.bytes.ToArray(), back[item.Key].bytes.ToArray()));
        }
    }

    [Theory, InlineData("model.safetensors"), InlineData("ema.safetensors"), InlineData("optimizer.safetensors")]
    public void OneFlippedBitAnywhere_IsNoticedAndNamed(string file)
    {
        using var scope = NewDisposeScope();
        Checkpoint.Save(At(1), State(1));
        var path = Path.Combine(At(1), file);
        var bytes = File.ReadAllBytes(path);
        foreach (var position in new[] { 3, bytes.Length / 2, bytes.Length - 1 })
        {
            bytes[position] ^= 16;
            File.WriteAllBytes(path, bytes);
            Assert.Contains(path, Checkpoint.Load(At(1)).Match(_ => "(loaded)", error => error.Message), StringComparison.Ordinal);
            bytes[position] ^= 16;
        }
    }

    [Theory, InlineData("model.safetensors"), InlineData("manifest.json")]
    public void MissingFile_IsAnErrorWithARemedy(string file)
    {
        using var scope = NewDisposeScope();
        Checkpoint.Save(At(1), State(1));
        File.Delete(Path.Combine(At(1), file));
        var message = Checkpoint.Load(At(1)).Match(_ => "(loaded)", error => error.Message);
        Assert.Contains(file, message, StringComparison.Ordinal);
        Assert.Contains("resume from the one before", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Latest_PassesOverADamagedCheckpointAndReportsIt()
    {
        using var scope = NewDisposeScope();
        foreach (var step in new long[] { 1, 2, 3 }) Checkpoint.Save(At(step), State(step));
        File.AppendAllText(Path.Combine(At(3), "ema.safetensors"), "x");
        Directory.CreateDirectory(Path.Combine(folder, ".step-0000000004.0123.partial"));
        var reports = new List<string>();
        Assert.Equal(2, CheckpointFolder.Latest(folder, reports.Add).Map(state => state.Step).IfNone(-1));
        Assert.Contains("step-0000000003", Assert.Single(reports), StringComparison.Ordinal);
        Assert.True(CheckpointFolder.Latest(Path.Combine(folder, "nowhere"), reports.Add).IsNone);
    }

    [Fact]
    public void FolderKeepsWhatThePolicySaysAndCleansUp()
    {
        using var scope = NewDisposeScope();
        Directory.CreateDirectory(Path.Combine(folder, ".step-0000000009.0123.partial"));
        foreach (var step in new long[] { 10, 20, 30, 40, 50 }) CheckpointFolder.Save(folder, State(step), new Retention(KeepLast: 2, KeepEvery: 20));
        Assert.Equal([20, 40, 50], CheckpointFolder.Steps(folder));
        Assert.Equal(3, Directory.GetFileSystemEntries(folder).Length);
    }

    [Fact]
    public void SavingAgain_ReplacesTheWholeDirectory()
    {
        using var scope = NewDisposeScope();
        Checkpoint.Save(At(5), State(5));
        File.WriteAllText(Path.Combine(At(5), "stray.txt"), "of the older one");
        Checkpoint.Save(At(5), State(5) with { SpecHash = "def" });
        Assert.Equal("def", Loaded(At(5)).SpecHash);
        Assert.False(File.Exists(Path.Combine(At(5), "stray.txt")));
        Assert.Single(Directory.GetFileSystemEntries(folder));
    }

    [Fact]
    public void FailureWhileSaving_LeavesTheOlderCheckpoint()
    {
        using var scope = NewDisposeScope();
        Checkpoint.Save(At(5), State(5));
        var disposed = State(5);
        disposed.Optimizer["exp_avg"].Dispose();
        Assert.ThrowsAny<Exception>(() => Checkpoint.Save(At(5), disposed));
        Assert.Equal(5, Loaded(At(5)).Step);
        Assert.Single(Directory.GetFileSystemEntries(folder));
    }

    string At(long step) => CheckpointFolder.PathOf(folder, step);

    static CheckpointState State(long step) => new(
        step, "abc", "engine 1.13", "cpu",
        new Dictionary<string, Tensor> { ["w"] = randn(3, 2), ["b"] = randn(2) },
        new Dictionary<string, Tensor> { ["w"] = randn(3, 2), ["b"] = randn(2) },
        new Dictionary<string, Tensor> { ["exp_avg"] = randn(3), ["step"] = tensor(new long[] { step }) },
        new Dictionary<string, string> { ["loss"] = "0.25" });

    static CheckpointState Loaded(string path) => Checkpoint.Load(path).IfLeft(error => throw new InvalidOperationException(error.Message));
}
