using System.Collections.Concurrent;
using Flow.Torch;
using Flow.Training.Loop;
using TorchSharp;
using static TorchSharp.torch;

namespace Flow.Jobs;

/// <summary>What this machine can do, measured once for each device, number of threads and precision.</summary>
public static class Machine
{
    static readonly ConcurrentDictionary<(string Device, int Threads, bool Bfloat16), Lazy<double>> peaks = [];

    /// <summary>FLOP/s of matrix products on all devices of a training, in its precision: what MFU is measured against.</summary>
    /// <param name="run">As one worker sees it.</param>
    /// <param name="workers">Data-parallel workers; on a CPU they share its threads, each CUDA device counts as fast as this one.</param>
    public static double PeakFlops(TrainingRun run, int workers)
    {
        var onCpu = run.Device.type == DeviceType.CPU;
        var one = peaks.GetOrAdd((run.Device.ToString(), onCpu ? run.Threads * workers : 1, run.Bfloat16), of => new Lazy<double>(() =>
            MatrixSpeed.Gflops(of.Threads, run.Device, of.Bfloat16 ? ScalarType.BFloat16 : ScalarType.Float32) * 1e9)).Value;
        return onCpu ? one : one * workers;
    }
}
