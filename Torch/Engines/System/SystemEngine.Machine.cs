using System.Diagnostics;
using System.Runtime.Intrinsics.X86;
using Flow.Torch.Interop;
using TorchSharp;
using static TorchSharp.torch;

namespace Flow.Torch;

/// <summary>What the machine offers: BLAS, its speed, bfloat16.</summary>
sealed partial class SystemEngine
{
    static readonly string[] Libraries = ["OpenBLAS sgemm", "oneDNN dnnl_sgemm"];

    readonly Lazy<bool> fastBfloat16 = new(MeasureBfloat16);

    public EngineInfo Info => new("system", Interop.Version.Text, BlasInUse, KernelSet, get_num_threads(),
        ["cpu", .. Enumerable.Range(0, cuda.device_count()).Select(i => $"cuda:{i}")], Problems);

    // Debian's libtorch takes one thread on virtual machines whose cores it cannot count. One thread a core: two of them share its vector units.
    static void UseAllCores()
    {
        if (Environment.GetEnvironmentVariable("OMP_NUM_THREADS") is { Length: > 0 }) return;
        var cores = Enumerable.Range(0, Environment.ProcessorCount)
            .Select(cpu => $"/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list")
            .Select(file => File.Exists(file) ? File.ReadAllText(file) : file).Distinct().Count();
        set_num_threads(cores);
    }

    static string BlasInUse => Blas.Preloaded is { } file
        ? $"{Path.GetFileName(Path.GetDirectoryName(file))}, core {Blas.CoreType ?? "of its own choice"}"
        : "libtorch's own";

    static string[] Problems => Blas.Preloaded is null && Environment.GetEnvironmentVariable("LIBTORCH") is not { Length: > 0 }
        ? ["no OpenBLAS found: matrix products may run 30 to 60 times slower; install libopenblas0-openmp"]
        : [];

    public unsafe MatrixProductSpeed MeasureMatrixProducts(int size = 1024, int rounds = 9)
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        Tensor a = randn(size, size), b = randn(size, size), c = empty(size, size);
        float* pa = (float*)a.DataPointer, pb = (float*)b.DataPointer, pc = (float*)c.DataPointer;
        double mm = 0;
        var best = new double[Libraries.Length];
        for (var round = 0; round < rounds; round++)
        {
            mm = Math.Max(mm, Rate(() => a.mm(b).Dispose()));
            for (var i = 0; i < best.Length; i++)
                if (Native.Applies(Native.flow_sgemm(i, 1, pa, pb, pc)))
                    best[i] = Math.Max(best[i], Rate(() => Native.Check(Native.flow_sgemm(i, size, pa, pb, pc))));
        }
        var fastest = best[0] >= best[1] ? 0 : 1;
        return best[fastest] > 0 ? new(mm, best[fastest], Libraries[fastest]) : new(mm, mm, "torch.mm");

        double Rate(Action product)
        {
            var start = Stopwatch.GetTimestamp();
            product();
            return 2e-9 * size * size * size / Stopwatch.GetElapsedTime(start).TotalSeconds;
        }
    }

    public bool HasFastBfloat16(Device device) => device.type == DeviceType.CUDA || fastBfloat16.Value;

    // The flag alone does not say it: where the instruction is missing or slow, oneDNN's bfloat16 product is slower than sgemm.
    static bool MeasureBfloat16()
    {
        if (!Avx512F.IsSupported || !HasFlag("avx512_bf16")) return false;
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        Tensor a = randn(512, 512), b = randn(512, 512);
        Tensor a16 = a.bfloat16(), b16 = b.bfloat16();
        double Fastest(Tensor x, Tensor y) => Enumerable.Range(0, 7).Min(_ =>
        {
            var start = Stopwatch.GetTimestamp();
            x.mm(y).Dispose();
            return Stopwatch.GetElapsedTime(start).TotalSeconds;
        });
        return Fastest(a, b) > 1.2 * Fastest(a16, b16);
    }

    static bool HasFlag(string flag) => File.Exists("/proc/cpuinfo") && File.ReadLines("/proc/cpuinfo")
        .FirstOrDefault(line => line.StartsWith("flags", StringComparison.Ordinal))?.Split(' ').Contains(flag) == true;

    public IDisposable Autocast(Device device) => new AutocastRegion(device.type);

    sealed class AutocastRegion : IDisposable
    {
        readonly DeviceType device;

        internal AutocastRegion(DeviceType device)
        {
            this.device = device;
            Native.Check(Native.flow_autocast((sbyte)device, (sbyte)ScalarType.BFloat16));
        }

        public void Dispose() => Native.Check(Native.flow_autocast((sbyte)device, -1));
    }
}
