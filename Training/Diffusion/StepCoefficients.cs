using static TorchSharp.torch;

namespace Flow.Training.Diffusion;

/// <summary>
/// The coefficients of one step per sample, computed in double and rounded to fp32, each broadcastable over [N, C, H, W]. They reach the
/// device as one table, because every small copy to an accelerator stalls it.
/// </summary>
public sealed class StepCoefficients
{
    readonly Tensor table;

    StepCoefficients(Tensor table) => this.table = table;

    /// <summary>Coefficients of the given steps of a process, for tensors of <paramref name="rank"/> dimensions.</summary>
    public static StepCoefficients Of(DiffusionProcess process, IReadOnlyList<int> steps, int rank, Device device)
    {
        var schedule = process.Schedule;
        var fixedLogVariance = process.FixedLogVariance();
        Func<int, double>[] rows =
        [
            i => schedule.Timesteps[i],
            i => Math.Sqrt(schedule.AlphaBar[i]),
            i => Math.Sqrt(1 - schedule.AlphaBar[i]),
            i => Math.Sqrt(1 / schedule.AlphaBar[i]),
            i => Math.Sqrt(1 / schedule.AlphaBar[i] - 1),
            i => schedule.PosteriorMeanX0[i],
            i => schedule.PosteriorMeanXt[i],
            i => schedule.PosteriorLogVariance[i],
            i => Math.Log(schedule.Beta[i]),
            i => fixedLogVariance[i],
            i => i == 0 ? 1 : 0,
        ];
        var values = rows.SelectMany(row => steps.Select(i => (float)row(i))).ToArray();
        long[] shape = [rows.Length, steps.Count, .. Enumerable.Repeat(1L, rank - 1)];
        return new(tensor(values, shape).to(device));
    }

    /// <summary>The same for one of the steps, broadcast over every sample.</summary>
    public StepCoefficients Only(int column) => new(table.narrow(1, column, 1));

    /// <summary>The timestep that the network is told, [N].</summary>
    public Tensor Timestep => table.select(0, 0).flatten();

    public Tensor SqrtAlphaBar => table.select(0, 1);

    public Tensor SqrtOneMinusAlphaBar => table.select(0, 2);

    public Tensor SqrtRecipAlphaBar => table.select(0, 3);

    public Tensor SqrtRecipM1AlphaBar => table.select(0, 4);

    public Tensor PosteriorMeanX0 => table.select(0, 5);

    public Tensor PosteriorMeanXt => table.select(0, 6);

    public Tensor PosteriorLogVariance => table.select(0, 7);

    public Tensor LogBeta => table.select(0, 8);

    public Tensor FixedLogVariance => table.select(0, 9);

    /// <summary>Whether a row is at step 0, [N] of bool.</summary>
    public Tensor IsFirst => table.select(0, 10).flatten().gt(0.5);
}
