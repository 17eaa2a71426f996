using Flow.Training.Models;
using static TorchSharp.torch;

namespace Flow.Training.Loop;

/// <summary>How evenly experts are used: shares of the assignments times the number of experts, so that 1 is even.</summary>
/// <param name="Least">The least used expert of any layer.</param>
/// <param name="Most">The most used expert of any layer.</param>
public readonly record struct ExpertLoad(double Least, double Most);

/// <summary>What a batch's forward passes said.</summary>
/// <param name="ByTask">Mean loss of the samples of each task label, of a generalist; of this worker's share.</param>
/// <param name="Experts">Of this worker's share; none without experts.</param>
public sealed record StepLoss(LossParts Parts, IReadOnlyDictionary<long, double> ByTask, ExpertLoad? Experts);

/// <summary>Adds up the forward passes of one step.</summary>
sealed class LossTally
{
    readonly List<(long Label, double Loss)> samples = [];
    LossParts parts;
    double least = double.PositiveInfinity, most;

    public void Add(LossParts more) => parts += more;

    /// <summary>Losses of single samples, to be averaged by task.</summary>
    public void AddTasks(long[] labels, Tensor loss_N)
    {
        using var scope = NewDisposeScope();
        var values = loss_N.detach().to(float64).cpu().data<double>();
        for (var n = 0; n < labels.Length; n++) samples.Add((labels[n], values[n]));
    }

    public void AddLoads(IEnumerable<Routing> routings)
    {
        using var scope = NewDisposeScope();
        foreach (var routing in routings)
        {
            var loads_E = routing.Load.to(float64).cpu().data<double>().ToArray();
            (least, most) = (Math.Min(least, loads_E.Min() * loads_E.Length), Math.Max(most, loads_E.Max() * loads_E.Length));
        }
    }

    public StepLoss Of(Workers workers) => new(
        workers.Mean(parts),
        samples.GroupBy(s => s.Label).ToDictionary(g => g.Key, g => g.Average(s => s.Loss)),
        double.IsInfinity(least) ? null : new ExpertLoad(least, most));
}
