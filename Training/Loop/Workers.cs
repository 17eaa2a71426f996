using System.Runtime.InteropServices;
using Flow.Torch;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Flow.Training.Loop;

/// <summary>
/// What the data-parallel workers of a run tell each other in a step. Each worker has the same weights and its own share of the batch;
/// with gradients averaged they make the same update. One worker alone exchanges nothing.
/// </summary>
sealed class Workers(IProcessGroup group)
{
    /// <summary>The worker that writes checkpoints.</summary>
    public bool IsFirst => group.Rank == 0;

    /// <summary>Whether any worker raises its flag; all get the same answer, so that all stop at the same step.</summary>
    public bool Any(bool flag) => Sum(flag ? 1 : 0)[0] > 0;

    /// <summary>Losses of the global batch, from those of this worker's share.</summary>
    public LossParts Mean(LossParts share)
    {
        var sums = Sum(share.Mse, share.Vb, share.Balance);
        return new(sums[0] / group.Size, sums[1] / group.Size, sums[2] / group.Size);
    }

    /// <summary>Gradients of the global batch, from those of this worker's share.</summary>
    public void AverageGradients(IReadOnlyList<Parameter> parameters) => Exchange(() => group.AverageGradients(parameters));

    double[] Sum(params double[] values)
    {
        if (group.Size == 1) return values;
        using var scope = NewDisposeScope();
        var sums = tensor(values);
        Exchange(() => group.Sum(sums));
        return [.. sums.data<double>()];
    }

    void Exchange(Action exchange)
    {
        try
        {
            exchange();
        }
        catch (ExternalException lost)
        {
            throw new WorkerLostException(
                $"worker {group.Rank} of {group.Size} lost another one ({lost.Message}). Start the run again, with any number of workers: "
                + "it goes on from its last checkpoint", lost);
        }
    }
}

/// <summary>A data-parallel worker no longer answers; this one has stopped before its next update.</summary>
public sealed class WorkerLostException(string message, Exception cause) : IOException(message, cause);
