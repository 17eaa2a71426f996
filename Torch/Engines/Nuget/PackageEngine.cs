using System.Diagnostics;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Flow.Torch;

/// <summary>Makes the engine of an Engines=nuget build.</summary>
static class BuiltInEngine
{
    internal static ITensorEngine Create() => new PackageEngine();
}

/// <summary>The engine over the TorchSharp package: everything in TorchSharp's own operations, one worker, no autocast.</summary>
sealed class PackageEngine : ITensorEngine
{
    const string Plain = "plain";

    public EngineInfo Info => new("nuget", $"{__version__} of TorchSharp {typeof(torch).Assembly.GetName().Version?.ToString(3)}", "libtorch's own", Plain, get_num_threads(),
        ["cpu", .. Enumerable.Range(0, cuda.is_available() ? cuda.device_count() : 0).Select(i => $"cuda:{i}")], []);

    public IReadOnlyList<string> KernelSets => [Plain];

    public string KernelSet
    {
        get => Plain;
        set
        {
            if (value != Plain) throw new ArgumentException($"kernel set '{value}' does not exist under Engines=nuget: choose {Plain}");
        }
    }

    public long LiveTensors => Tensor.TotalCount;

    public Tensor Attention(Tensor qkv_NT3D, long heads) => PlainOperations.Attention(qkv_NT3D, heads);

    public Tensor LayerNormModulate(Tensor x_NTD, Tensor shift_ND, Tensor scale_ND, double eps = 1e-6) =>
        PlainOperations.LayerNormModulate(x_NTD, shift_ND, scale_ND, eps);

    public Tensor GatedResidual(Tensor x_NTD, Tensor gate_ND, Tensor y_NTD) => PlainOperations.GatedResidual(x_NTD, gate_ND, y_NTD);

    public Tensor GeluTanh(Tensor x) => PlainOperations.GeluTanh(x);

    public Tensor LinearGelu(Tensor x, Tensor weight, Tensor? bias)
    {
        using var scope = NewDisposeScope();
        return GeluTanh(functional.linear(x, weight, bias)).MoveToOuterDisposeScope();
    }

    public Tensor? Block(Tensor x_NTD, Tensor c_ND, BlockLayers layers, long heads, double eps = 1e-6) => null;

    public Tensor? FinalLayer(Tensor x_NTD, Tensor c_ND, Linear modulation, Linear linear, double eps = 1e-6) => null;

    public Tensor? SiluMlp(Tensor x_ND, Linear first, Linear second) => null;

    public void AdamWStep(IReadOnlyList<Parameter> parameters, IReadOnlyList<AdamWState> state, long step, AdamWOptions options) =>
        PlainOperations.AdamWStep(parameters, state, step, options);

    public void EmaUpdate(IReadOnlyList<Tensor> averages, IReadOnlyList<Tensor> values, double decay) =>
        PlainOperations.EmaUpdate(averages, values, decay);

    public double GradientNorm(IReadOnlyList<Parameter> parameters) => PlainOperations.GradientNorm(parameters);

    public IProcessGroup JoinGroup(MeetingPoint at, int rank, int size, Device? device = null) => size == 1
        ? new SingleWorker()
        : throw new NotSupportedException($"TorchSharp has no data-parallel groups, {size} workers were asked for: use one, or build with Engines=system");

    public MatrixProductSpeed MeasureMatrixProducts(int size = 1024, int rounds = 9)
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        Tensor a = randn(size, size), b = randn(size, size);
        var best = Enumerable.Range(0, rounds).Max(_ =>
        {
            var start = Stopwatch.GetTimestamp();
            a.mm(b).Dispose();
            return 2e-9 * size * size * size / Stopwatch.GetElapsedTime(start).TotalSeconds;
        });
        return new(best, best, "torch.mm");
    }

    public bool HasFastBfloat16(Device device) => false;

    public IDisposable Autocast(Device device) => new NoRegion();

    // TorchSharp has no autocast: products stay in float32.
    sealed class NoRegion : IDisposable
    {
        public void Dispose()
        {
            // Nothing was changed.
        }
    }
}
