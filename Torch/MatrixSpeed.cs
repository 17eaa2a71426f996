using System.Diagnostics;
using static TorchSharp.torch;

namespace Flow.Torch;

/// <summary>How fast this machine multiplies matrices through the engine: the peak that MFU is measured against.</summary>
public static class MatrixSpeed
{
    const int Side = 1024;

    const int Repeats = 12;

    /// <summary>Best of several products of 1024 x 1024 fp32 matrices on so many threads, in 10^9 floating-point operations a second.</summary>
    public static double Gflops(int threads)
    {
        // The number of threads belongs to the thread that sets it: one of our own leaves the caller's alone.
        var gflops = 0.0;
        var measuring = new Thread(() =>
        {
            set_num_threads(threads);
            gflops = Measure();
        });
        measuring.Start();
        measuring.Join();
        return gflops;
    }

    static double Measure()
    {
        using var quiet = no_grad();
        using var scope = NewDisposeScope();
        var (a, b) = (randn(Side, Side), randn(Side, Side));
        var best = double.PositiveInfinity;
        for (var i = 0; i < Repeats; i++)
        {
            var clock = Stopwatch.StartNew();
            mm(a, b).Dispose();
            best = Math.Min(best, clock.Elapsed.TotalSeconds);
        }
        return 2.0 * Side * Side * Side / best / 1e9;
    }
}
