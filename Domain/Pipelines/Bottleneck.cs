using System.Globalization;

namespace Flow.Domain.Pipelines;

/// <summary>What holds a data graph up.</summary>
/// <param name="Block">Name of the block; empty when none does.</param>
/// <param name="Text">The reason in a sentence, with what would help.</param>
public sealed record Bottleneck(string Block, string Text)
{
    /// <summary>A trainer that waits less than this is what everything else waits for.</summary>
    public const double FewWaits = 0.05;

    // A block that works less than half of its time is held up by something that is not in the graph.
    const double Busy = 0.5;

    /// <summary>The name of the trainer among a graph's blocks.</summary>
    public const string Trainer = "train";

    /// <summary>
    /// A trainer that hardly waits is the bottleneck, whatever else is busy. Otherwise it is the block that works the largest share of its
    /// workers' time; when even that one is idle for half of it, the machine is.
    /// </summary>
    public static Bottleneck Of(PipelineState state)
    {
        if (state.Seconds <= 0 || state.Blocks.ForAll(block => block.Done == 0)) return new("", "Nothing has passed through yet.");
        var waited = state.WaitShare;
        if (waited.Exists(share => share < FewWaits))
            return new(Trainer, $"The trainer is the bottleneck: it waited {Percent(waited.IfNone(0))} of the time for data. Faster data would change nothing.");
        var others = state.Blocks.Filter(block => block.Name != Trainer).ToSeq();
        var busiest = others.OrderByDescending(block => block.Utilisation(state.Seconds)).First();
        var utilisation = busiest.Utilisation(state.Seconds);
        var waits = waited.Match(share => $"The trainer waited {Percent(share)} of the time for data. ", () => "");
        return utilisation < Busy
            ? new("", $"{waits}No block works more than {Percent(utilisation)} of its time: the machine is the bottleneck (its cores have other work, or the disk is slow).")
            : new(busiest.Name, $"{waits}The bottleneck is '{busiest.Name}', busy {Percent(utilisation)} of the time on {busiest.Parallelism} {(busiest.Parallelism == 1 ? "worker" : "workers")}: {Remedy(busiest.Name)}");
    }

    static string Remedy(string block) => block switch
    {
        "read" => "put the shards on a faster disk, or read more row groups at once.",
        "decode" => "use more cores, or smaller images.",
        "encode" => "the codec takes the time; larger batches or an accelerator help, a faster disk does not.",
        "append" => "the disk that takes the shards is slow.",
        _ => "it takes the processor's time; more cores help.",
    };

    static string Percent(double share) => share.ToString("P0", CultureInfo.InvariantCulture);
}
