using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace TorchSharp
{
    public static partial class torch
    {
        public static partial class nn
        {
            /// <summary>The exact GELU; TorchSharp has no tanh form: see Flow.Torch.ITensorEngine.GeluTanh.</summary>
            public static GELU GELU() => new();

            public static SiLU SiLU() => new();

            public static ReLU ReLU(bool inplace = false) => inplace ? throw new NotSupportedException("ReLU in place") : new();

            public static Sigmoid Sigmoid() => new();

            public static Tanh Tanh() => new();

            public static Identity Identity() => new();

            public static Dropout Dropout(double p = 0.5, bool inplace = false) => inplace ? throw new NotSupportedException("Dropout in place") : new(p);
        }
    }
}

namespace TorchSharp.Modules
{
    /// <summary>x times the normal distribution function of x.</summary>
    public sealed class GELU() : Module<Tensor, Tensor>(nameof(GELU))
    {
        public override Tensor forward(Tensor tensor) => tensor.gelu();
    }

    /// <summary>x times its logistic function.</summary>
    public sealed class SiLU() : Module<Tensor, Tensor>(nameof(SiLU))
    {
        public override Tensor forward(Tensor tensor) => tensor.silu();
    }

    /// <summary>The positive part.</summary>
    public sealed class ReLU() : Module<Tensor, Tensor>(nameof(ReLU))
    {
        public override Tensor forward(Tensor tensor) => tensor.relu();
    }

    /// <summary>The logistic function.</summary>
    public sealed class Sigmoid() : Module<Tensor, Tensor>(nameof(Sigmoid))
    {
        public override Tensor forward(Tensor tensor) => tensor.sigmoid();
    }

    /// <summary>The hyperbolic tangent.</summary>
    public sealed class Tanh() : Module<Tensor, Tensor>(nameof(Tanh))
    {
        public override Tensor forward(Tensor tensor) => tensor.tanh();
    }

    /// <summary>Gives its input back.</summary>
    public sealed class Identity() : Module<Tensor, Tensor>(nameof(Identity))
    {
        public override Tensor forward(Tensor tensor) => tensor.alias();
    }

    /// <summary>Sets elements to zero with probability p while training, and scales the others by 1 / (1 - p).</summary>
    public sealed class Dropout(double p) : Module<Tensor, Tensor>(nameof(Dropout))
    {
        public override Tensor forward(Tensor input) => functional.dropout(input, p, training);
    }
}
