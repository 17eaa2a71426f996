namespace Flow.Training.Loop;

/// <summary>The parts of a training loss, apart; the optimizer minimises their sum.</summary>
/// <param name="Mse">Mean squared error of the prediction.</param>
/// <param name="Vb">What the variational bound adds: bits per dimension on the learned variance; 0 without one.</param>
/// <param name="Balance">Expert-balance loss, already weighted; 0 without experts.</param>
public readonly record struct LossParts(double Mse, double Vb, double Balance)
{
    public double Total => Mse + Vb + Balance;

    public static LossParts operator +(LossParts a, LossParts b) => new(a.Mse + b.Mse, a.Vb + b.Vb, a.Balance + b.Balance);
}

/// <summary>What one optimizer step did and cost.</summary>
/// <param name="Step">From 1: the number of updates done, this one included.</param>
/// <param name="LearningRate">The rate of this update.</param>
/// <param name="GradNorm">2-norm of all gradients, before clipping.</param>
/// <param name="ImagesPerSecond">Of this step alone, over all workers.</param>
/// <param name="TokensPerSecond">Image tokens, of this step alone, over all workers.</param>
/// <param name="Macs">Training MACs since step 0, three forward passes for each image.</param>
/// <param name="Mfu">Share of the device's measured peak that the model's multiplications make use of; NaN when no peak was given.</param>
/// <param name="MemoryBytes">Resident memory of the process.</param>
/// <param name="PeakMemoryBytes">The most that it was since the process began.</param>
/// <param name="Seconds">Since this process began to train; not comparable across a resume.</param>
/// <param name="LossByTask">Mean loss by task label, of a generalist; empty otherwise.</param>
/// <param name="Experts">Use of the experts; none in a dense model.</param>
public sealed record StepRow(
    long Step,
    LossParts Loss,
    double LearningRate,
    double GradNorm,
    double ImagesPerSecond,
    double TokensPerSecond,
    double Macs,
    double Mfu,
    long MemoryBytes,
    long PeakMemoryBytes,
    double Seconds,
    IReadOnlyDictionary<long, double> LossByTask,
    ExpertLoad? Experts);
