using System.Diagnostics;
using System.Runtime.InteropServices;
using Flow.TestData;
using TorchSharp.Modules;
using Xunit;
using static TorchSharp.torch;

namespace Flow.Torch.Tests;

/// <summary>Data-parallel groups, with the ranks as threads of this process: each has its own store, sockets and tensors.</summary>
public sealed class ProcessGroupTests : IDisposable
{
    readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("flow-group");

    public void Dispose() => folder.Delete(recursive: true);

    T[] InParallel<T>(int size, TimeSpan timeout, Func<IProcessGroup, T> work, TimeSpan? patience = null)
    {
        var at = new MeetingPoint(Path.Combine(folder.FullName, "store")) { Timeout = timeout, Patience = patience ?? timeout };
        var results = new T[size];
        var faults = new List<Exception>();
        Thread[] ranks = [.. Enumerable.Range(0, size).Select(rank => new Thread(() =>
        {
            try
            {
                using var group = TensorEngine.Current.JoinGroup(at, rank, size);
                results[rank] = work(group);
            }
            catch (ExternalException error)
            {
                lock (faults) faults.Add(error);
            }
        }))];
        foreach (var rank in ranks) rank.Start();
        foreach (var rank in ranks) rank.Join();
        return faults.Count == 0 ? results : throw faults[0];
    }

    [BindingFact(BindingFactAttribute.NoGroups)]
    public void Gradients_BecomeTheMeanOverTheRanks()
    {
        var sums = InParallel(3, TimeSpan.FromSeconds(60), group =>
        {
            using var scope = NewDisposeScope();
            Parameter[] parameters = [new(ones(2)), new(ones(3))];
            parameters[0].grad = full(2, group.Rank + 1.0);
            if (group.Rank == 0) parameters[1].grad = ones(3);
            group.AverageGradients(parameters);
            var total = tensor(new float[] { group.Rank });
            group.Sum(total);
            var told = tensor(new float[] { group.Rank });
            group.Broadcast([told], root: 2);
            return (parameters[0].grad!.data<float>()[0], parameters[1].grad!.data<float>()[2], total.item<float>(), told.item<float>());
        });
        Assert.All(sums, got =>
        {
            Assert.Equal(2f, got.Item1);
            Assert.Equal(1f / 3, got.Item2, 6);
            Assert.Equal((3f, 2f), (got.Item3, got.Item4));
        });
    }

    [BindingFact(BindingFactAttribute.NoGroups)]
    public void RankThatLeaves_IsAnErrorForTheOthersInTime()
    {
        var clock = Stopwatch.StartNew();
        Assert.Throws<ExternalException>(() => InParallel(2, TimeSpan.FromSeconds(5), group =>
        {
            if (group.Rank == 1) return 0;
            using var x = ones(1);
            group.Sum(x);
            return 1;
        }));
        Assert.True(clock.Elapsed < TimeSpan.FromMinutes(2), $"{clock.Elapsed}");
    }

    [BindingFact(BindingFactAttribute.NoGroups)]
    public void SlowRank_IsWaitedForWithPatience() => Assert.Equal([2f, 2f], InParallel(2, TimeSpan.FromSeconds(5), group =>
    {
        // as while the first worker writes a checkpoint
        if (group.Rank == 1) Thread.Sleep(TimeSpan.FromSeconds(6));
        using var x = ones(1);
        group.Sum(x);
        return x.item<float>();
    }, TimeSpan.FromMinutes(2)));

    [BindingFact(BindingFactAttribute.NoGroups)]
    public void RankThatNeverComes_IsAnErrorInTime()
    {
        var clock = Stopwatch.StartNew();
        var at = new MeetingPoint(Path.Combine(folder.FullName, "alone")) { Timeout = TimeSpan.FromSeconds(1), Patience = TimeSpan.FromMinutes(10) };
        Assert.Throws<ExternalException>(() => TensorEngine.Current.JoinGroup(at, 0, 2));
        Assert.True(clock.Elapsed < TimeSpan.FromMinutes(2), $"{clock.Elapsed}");
    }

    [Theory]
    [InlineData("node3:29500", "node3", 29500)]
    [InlineData("/shared/run/store", "/shared/run/store", 0)]
    public void MeetingPoint_IsAFileOrAHost(string text, string place, int port) =>
        Assert.Equal((place, port), (MeetingPoint.Parse(text).FileOrHost, MeetingPoint.Parse(text).Port));
}
