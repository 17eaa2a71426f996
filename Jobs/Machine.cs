using System.Collections.Concurrent;
using Flow.Torch;

namespace Flow.Jobs;

/// <summary>What this machine can do, measured once for each number of threads.</summary>
public static class Machine
{
    static readonly ConcurrentDictionary<int, Lazy<double>> peaks = [];

    /// <summary>FLOP/s of matrix products on so many threads: what MFU is measured against.</summary>
    public static double PeakFlops(int threads) => peaks.GetOrAdd(threads, n => new Lazy<double>(() => MatrixSpeed.Gflops(n) * 1e9)).Value;
}
