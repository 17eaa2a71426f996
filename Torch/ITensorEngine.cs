using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Flow.Torch;

/// <summary>
/// What the program needs of a tensor engine beyond TorchSharp's interface: fused parts of a DiT block, optimizer steps over whole lists,
/// mixed precision, data-parallel groups, and what the machine offers. One implementation a build, <see cref="TensorEngine.Current"/>.
/// Every function here has gradients, unless it says otherwise. Legend: N images, T tokens, D width, H heads, C = D / H.
/// </summary>
public interface ITensorEngine
{
    /// <summary>Engine, libtorch, BLAS and devices, as text for people.</summary>
    EngineInfo Info { get; }

    /// <summary>The sets of fused functions this CPU can run, fastest first; the last is always "plain", TorchSharp's operations alone.</summary>
    IReadOnlyList<string> KernelSets { get; }

    /// <summary>The set in use, the fastest unless FLOW_KERNELS names another. All sets agree within 1e-5 relative, gradients included.</summary>
    string KernelSet { get; set; }

    /// <summary>Handles of tensors that are alive in the whole process; flat over training steps unless something leaks. 0 where the engine cannot tell.</summary>
    long LiveTensors { get; }

    /// <summary>Self-attention of packed projections: qkv_NT3D holds (3, H, C) on its last axis; gives [N, T, D]. Scale C^-0.5, no mask.</summary>
    Tensor Attention(Tensor qkv_NT3D, long heads);

    /// <summary>LayerNorm without affine parameters over D, then x * (1 + scale) + shift with shift, scale of [N, D] (adaLN, DiT section 3.2).</summary>
    Tensor LayerNormModulate(Tensor x_NTD, Tensor shift_ND, Tensor scale_ND, double eps = 1e-6);

    /// <summary>x + gate * y, with the gate of [N, D] broadcast over the tokens (adaLN-Zero).</summary>
    Tensor GatedResidual(Tensor x_NTD, Tensor gate_ND, Tensor y_NTD);

    /// <summary>GELU in its tanh form: 0.5 x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))).</summary>
    Tensor GeluTanh(Tensor x);

    /// <summary>GeluTanh(x W^T + b), the first half of a DiT block's MLP.</summary>
    Tensor LinearGelu(Tensor x, Tensor weight, Tensor? bias);

    /// <summary>
    /// A whole DiT block of [N, T, D] tokens under conditions of [N, D], where nothing records gradients: one call instead of twenty, and a
    /// sample's numbers depend neither on its batch nor on the number of threads. Null where the engine, the kernel set, the device or the
    /// type has no such function: then the block is its parts.
    /// </summary>
    Tensor? Block(Tensor x_NTD, Tensor c_ND, BlockLayers layers, long heads, double eps = 1e-6);

    /// <summary>A DiT's final layer as <see cref="Block"/> does a block: adaLN with modulation of 2 D outputs, then the linear map.</summary>
    Tensor? FinalLayer(Tensor x_NTD, Tensor c_ND, Linear modulation, Linear linear, double eps = 1e-6);

    /// <summary>second(SiLU(first(x))) of a few rows, without gradients; null as <see cref="Block"/>.</summary>
    Tensor? SiluMlp(Tensor x_ND, Linear first, Linear second);

    /// <summary>
    /// One AdamW step in place (Loshchilov and Hutter 2019, algorithm 2, bias-corrected) over every parameter that has a gradient. Records
    /// nothing. state holds exp_avg and exp_avg_sq of each parameter, in the same order; step counts from 1.
    /// </summary>
    void AdamWStep(IReadOnlyList<Parameter> parameters, IReadOnlyList<AdamWState> state, long step, AdamWOptions options);

    /// <summary>average = decay * average + (1 - decay) * value, in place, without gradients.</summary>
    void EmaUpdate(IReadOnlyList<Tensor> averages, IReadOnlyList<Tensor> values, double decay);

    /// <summary>The L2 norm of all gradients together; those of parameters without one count as zero.</summary>
    double GradientNorm(IReadOnlyList<Parameter> parameters);

    /// <summary>Joins the data-parallel group of this size; waits for the others. A group of one needs no meeting point and exchanges nothing.</summary>
    /// <param name="device">Where this worker's gradients are: the CPU (gloo) unless it says a CUDA device (nccl).</param>
    IProcessGroup JoinGroup(MeetingPoint at, int rank, int size, Device? device = null);

    /// <summary>Measures float32 matrix products of size x size on the CPU for about a second or less.</summary>
    MatrixProductSpeed MeasureMatrixProducts(int size = 1024, int rounds = 9);

    /// <summary>Whether the device multiplies bfloat16 matrices faster than float32.</summary>
    bool HasFastBfloat16(Device device);

    /// <summary>Until it is disposed, matrix products of this thread run in bfloat16 with float32 weights kept; no effect where the engine has no autocast.</summary>
    IDisposable Autocast(Device device);
}

/// <summary>The linear layers of a dense DiT block; the first is the one behind adaLN's SiLU.</summary>
public sealed record BlockLayers(Linear Modulation, Linear Qkv, Linear Proj, Linear Fc1, Linear Fc2);

/// <summary>The two running averages of AdamW for one parameter.</summary>
public sealed record AdamWState(Tensor ExpAvg, Tensor ExpAvgSq) : IDisposable
{
    /// <summary>Zeros of the parameter's shape, owned by no dispose scope.</summary>
    public static AdamWState For(Tensor parameter)
    {
        using var quiet = no_grad();
        return new(zeros_like(parameter).DetachFromDisposeScope(), zeros_like(parameter).DetachFromDisposeScope());
    }

    public void Dispose()
    {
        ExpAvg.Dispose();
        ExpAvgSq.Dispose();
    }
}

/// <summary>AdamW's constants; the defaults are PyTorch's, with the weight decay of DiT (none).</summary>
public sealed record AdamWOptions(double LearningRate, double Beta1 = 0.9, double Beta2 = 0.999, double Eps = 1e-8, double WeightDecay = 0);

/// <summary>What runs the tensors. Blas names the library of matrix products; Problems says what is amiss and how to mend it.</summary>
public sealed record EngineInfo(string Engine, string LibTorch, string Blas, string KernelSet, int Threads, IReadOnlyList<string> Devices, IReadOnlyList<string> Problems);

/// <summary>
/// How fast matrix products are, in GFLOP/s on the threads in use: Mm is torch.mm, Best the fastest sgemm among the libraries of this
/// process called directly, measured in turns with it.
/// </summary>
public sealed record MatrixProductSpeed(double Mm, double Best, string BestLibrary);
