using System.Collections.Concurrent;

namespace Flow.Dataflow.Streaming;

/// <summary>Arrays of batches that are done with, kept for the next ones. For many threads.</summary>
/// <param name="most">Arrays of one length that are kept; more are left to the garbage collector.</param>
sealed class BatchArrays(int most)
{
    readonly ConcurrentDictionary<int, ConcurrentBag<float[]>> kept = new();

    /// <summary>An array with any content.</summary>
    public float[] Take(int length) => kept.TryGetValue(length, out var bag) && bag.TryTake(out var array) ? array : GC.AllocateUninitializedArray<float>(length);

    public void GiveBack(float[] array)
    {
        var bag = kept.GetOrAdd(array.Length, _ => []);
        if (array.Length > 0 && bag.Count < most) bag.Add(array);
    }
}
