using System.Diagnostics;
using TorchSharp;
using static TorchSharp.torch;

namespace Flow.Torch;

/// <summary>How fast a device multiplies matrices through the engine: the peak that MFU is measured against.</summary>
public static class MatrixSpeed
{
    // Large enough to keep the device busy, and done in milliseconds.
    const int CpuSide = 1024, CudaSide = 8192;

    const int Repeats = 12;

    /// <summary>Best of several products of square matrices, in 10^9 floating-point operations a second.</summary>
    /// <param name="threads">Of the CPU.</param>
    /// <param name="device">None for the CPU.</param>
    /// <param name="type">Of the matrices; none for fp32.</param>
    public static double Gflops(int threads, Device? device = null, ScalarType? type = null)
    {
        // The number of threads belongs to the thread that sets it: one of our own leaves the caller's alone.
        var gflops = 0.0;
        var measuring = new Thread(() =>
        {
            set_num_threads(threads);
            gflops = Measure(device ?? CPU, type ?? float32);
        });
        measuring.Start();
        measuring.Join();
        return gflops;
    }

    static double Measure(Device device, ScalarType type)
    {
        using var quiet = no_grad();
        using var scope = NewDisposeScope();
        var side = device.type == DeviceType.CUDA ? CudaSide : CpuSide;
        var (a, b) = (randn(side, side).to(device).to(type), randn(side, side).to(device).to(type));
        var best = double.PositiveInfinity;
        for (var i = 0; i < Repeats; i++)
        {
            var clock = Stopwatch.StartNew();
            mm(a, b).Dispose();
            if (device.type == DeviceType.CUDA) cuda.synchronize();
            best = Math.Min(best, clock.Elapsed.TotalSeconds);
        }
        return 2.0 * side * side * side / best / 1e9;
    }
}
