using System.Diagnostics;
using Flow.Domain.Random;

namespace Flow.Bench;

/// <summary>
/// A/B in turns: one round runs ours and theirs once each, in an order that alternates, so that a busy phase of a shared machine
/// hits both. Reported is the median of the rounds' ratios with its bootstrap interval, never a time alone.
/// </summary>
public static class Interleaved
{
    /// <param name="perRound">How many units (steps, images, GB) one call does; turns seconds into a rate.</param>
    public static Ratio Rate(string name, string unit, double perRound, int rounds, Action ours, Action theirs)
    {
        var (a, b) = Seconds(rounds, ours, theirs);
        return FromSeconds(name, unit, perRound, a, b);
    }

    /// <summary>Seconds of each round, after one call of each that does not count.</summary>
    public static (double[] Ours, double[] Theirs) Seconds(int rounds, Action ours, Action theirs)
    {
        ours();
        theirs();
        var (a, b) = (new double[rounds], new double[rounds]);
        for (var round = 0; round < rounds; round++)
        {
            if (round % 2 == 0) (a[round], b[round]) = (Seconds(ours), Seconds(theirs));
            else (b[round], a[round]) = (Seconds(theirs), Seconds(ours));
        }
        return (a, b);
    }

    /// <summary>Seconds of ours and of a Python peer, round by round; both once before, to warm up.</summary>
    /// <param name="units">Units of work of one round, on both sides.</param>
    /// <param name="ours">Does a round, of the given number, and answers with its seconds.</param>
    public static (double[] Ours, double[] Theirs) InTurns(PythonPeer peer, int units, int rounds, Func<int, double> ours)
    {
        ours(0);
        peer.Run(units);
        var (a, b) = (new double[rounds], new double[rounds]);
        for (var round = 0; round < rounds; round++)
        {
            if (round % 2 == 0) (a[round], b[round]) = (ours(round + 1), peer.Run(units));
            else (b[round], a[round]) = (peer.Run(units), ours(round + 1));
        }
        return (a, b);
    }

    /// <summary>The same from seconds per round that were measured elsewhere, in another process for instance.</summary>
    public static Ratio FromSeconds(string name, string unit, double perRound, double[] ours, double[] theirs)
    {
        var ratios = ours.Zip(theirs, (o, t) => t / o).ToArray();
        var draws = new CounterRandom(1, Purpose.Bootstrap, 0, 0);
        var medians = Enumerable.Range(0, 1000)
            .Select(r => Median([.. ratios.Select((_, i) => ratios[draws.Below((long)r * ratios.Length + i, ratios.Length)])]))
            .Order().ToArray();
        return new Ratio(name, Median(ratios), medians[25], medians[975], perRound / Median(ours), perRound / Median(theirs), unit);
    }

    static double Seconds(Action action)
    {
        var clock = Stopwatch.StartNew();
        action();
        return clock.Elapsed.TotalSeconds;
    }

    static double Median(double[] values)
    {
        var sorted = values.Order().ToArray();
        return sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : 0.5 * (sorted[sorted.Length / 2 - 1] + sorted[sorted.Length / 2]);
    }
}
