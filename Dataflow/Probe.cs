using System.Diagnostics;
using Flow.Domain.Pipelines;

namespace Flow.Dataflow;

/// <summary>Counts what passes one block and how long it works, for two clock readings an item.</summary>
/// <param name="unit">What an item of the block is.</param>
sealed class Probe(string name, string unit, int capacity, int parallelism)
{
    long done, busyTicks;

    public TOut Measure<TIn, TOut>(Func<TIn, TOut> work, TIn item)
    {
        var from = Stopwatch.GetTimestamp();
        var result = work(item);
        Passed(from);
        return result;
    }

    /// <summary>For a block that gives several items for one: the time is what making each of them takes.</summary>
    public IEnumerable<T> Measure<T>(IEnumerable<T> items)
    {
        using var each = items.GetEnumerator();
        while (true)
        {
            var from = Stopwatch.GetTimestamp();
            var another = each.MoveNext();
            Interlocked.Add(ref busyTicks, Stopwatch.GetTimestamp() - from);
            if (!another) yield break;
            Interlocked.Increment(ref done);
            yield return each.Current;
        }
    }

    public async Task<TOut> MeasureAsync<TIn, TOut>(Func<TIn, Task<TOut>> work, TIn item)
    {
        var from = Stopwatch.GetTimestamp();
        var result = await work(item);
        Passed(from);
        return result;
    }

    public BlockState State(int waiting, int ready) => new(
        name, unit, waiting, ready, capacity, parallelism, Volatile.Read(ref done), Stopwatch.GetElapsedTime(0, Volatile.Read(ref busyTicks)).TotalSeconds);

    void Passed(long from)
    {
        Interlocked.Add(ref busyTicks, Stopwatch.GetTimestamp() - from);
        Interlocked.Increment(ref done);
    }
}
