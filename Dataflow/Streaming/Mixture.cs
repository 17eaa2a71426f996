using Flow.Domain.Random;

namespace Flow.Dataflow.Streaming;

/// <summary>
/// Which dataset each slot of the stream is drawn from, a pure function of (weights, seed, slot). Every block of 1,024 slots holds each
/// dataset as often as its weight says (to the nearest slot), in an order of its own, so that one can look up any slot, and how many
/// samples of a dataset came before it, without walking there.
/// </summary>
public sealed class Mixture
{
    const int BlockSlots = 1024;

    readonly int seed;
    readonly int[] counts;
    readonly int[] template;
    (long Block, int[] Slots) last = (-1, []);

    /// <exception cref="ArgumentException">A weight is not positive, or so small that its dataset would never come up.</exception>
    public Mixture(IReadOnlyList<double> weights, int seed)
    {
        if (weights.Any(weight => !(weight > 0) || double.IsInfinity(weight))) throw new ArgumentException("the weights of a mixture are positive numbers", nameof(weights));
        this.seed = seed;
        counts = Apportion(weights);
        if (counts.Contains(0)) throw new ArgumentException($"a weight is below 1/{BlockSlots} of the sum: its dataset would never come up", nameof(weights));
        template = [.. counts.SelectMany((count, source) => Enumerable.Repeat(source, count))];
    }

    /// <summary>Share of each dataset, as realised.</summary>
    public IReadOnlyList<double> Shares => [.. counts.Select(count => count / (double)BlockSlots)];

    public int SourceAt(long slot) => Block(slot / BlockSlots)[slot % BlockSlots];

    /// <summary>Samples of a dataset in the slots before this one.</summary>
    public long CountBefore(int source, long slot) =>
        (slot / BlockSlots * counts[source]) + Block(slot / BlockSlots).AsSpan(0, (int)(slot % BlockSlots)).Count(source);

    /// <summary>The slot of a dataset's sample number <paramref name="count"/>, from 0: the inverse of <see cref="CountBefore"/>.</summary>
    public long SlotOf(int source, long count)
    {
        var block = Block(count / counts[source]);
        var left = count % counts[source];
        for (var i = 0; ; i++)
            if (block[i] == source && left-- == 0) return (count / counts[source] * BlockSlots) + i;
    }

    /// <summary>The order of a block. Walks go forward, so the last one is kept; not for several threads.</summary>
    int[] Block(long block)
    {
        if (counts.Length == 1) return template;
        if (last.Block == block) return last.Slots;
        var slots = (int[])template.Clone();
        var random = new CounterRandom(seed, Purpose.Mixture, 0, block);
        for (var i = slots.Length - 1; i > 0; i--)
        {
            var j = (int)random.Below(i, i + 1);
            (slots[i], slots[j]) = (slots[j], slots[i]);
        }
        last = (block, slots);
        return slots;
    }

    /// <summary>Whole slots in proportion to the weights, by largest remainders (Hamilton).</summary>
    static int[] Apportion(IReadOnlyList<double> weights)
    {
        var exact = weights.Select(weight => weight / weights.Sum() * BlockSlots).ToArray();
        var whole = exact.Select(share => (int)share).ToArray();
        foreach (var source in Enumerable.Range(0, exact.Length).OrderByDescending(i => exact[i] - whole[i]).Take(BlockSlots - whole.Sum()))
            whole[source]++;
        return whole;
    }
}
