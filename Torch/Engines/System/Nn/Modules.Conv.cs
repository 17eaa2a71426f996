using Flow.Torch.Interop;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace TorchSharp
{
    /// <summary>What lies beyond the border of an image.</summary>
    public enum PaddingModes
    {
        Zeros = 0,
        Reflect = 1,
        Replicate = 2,
        Circular = 3,
        Constant = 4,
    }

    public static partial class torch
    {
        public static partial class nn
        {
            public static Conv2d Conv2d(long in_channels, long out_channels, long kernel_size, long stride = 1, long padding = 0, long dilation = 1, PaddingModes padding_mode = PaddingModes.Zeros, long groups = 1, bool bias = true, Device? device = null, ScalarType? dtype = null) =>
                Conv2d(in_channels, out_channels, (kernel_size, kernel_size), (stride, stride), (padding, padding), (dilation, dilation), padding_mode, groups, bias, device, dtype);

            public static Conv2d Conv2d(long in_channels, long out_channels, (long, long) kernel_size, (long, long)? stride = null, (long, long)? padding = null, (long, long)? dilation = null, PaddingModes padding_mode = PaddingModes.Zeros, long groups = 1, bool bias = true, Device? device = null, ScalarType? dtype = null)
            {
                if (padding_mode != PaddingModes.Zeros) throw new NotSupportedException($"Conv2d with padding_mode {padding_mode}: pad first with functional.pad");
                return new(in_channels, out_channels, kernel_size, stride ?? (1, 1), padding ?? (0, 0), dilation ?? (1, 1), groups, bias, device, dtype);
            }
        }
    }
}

namespace TorchSharp.Modules
{
    /// <summary>Convolution of [N, channels, height, width] with zeros beyond the border.</summary>
    public sealed class Conv2d : Module<Tensor, Tensor>
    {
        readonly long[] strides, paddings, dilations;
        readonly long groups;

        internal Conv2d(long inputs, long outputs, (long H, long W) kernel, (long H, long W) stride, (long H, long W) padding, (long H, long W) dilation, long groups, bool hasBias, Device? device, ScalarType? dtype) : base(nameof(Conv2d))
        {
            (strides, paddings, dilations, this.groups) = ([stride.H, stride.W], [padding.H, padding.W], [dilation.H, dilation.W], groups);
            weight = new(empty([outputs, inputs / groups, kernel.H, kernel.W], dtype, device));
            init.kaiming_uniform_(weight, Math.Sqrt(5));
            register_parameter(nameof(weight), weight);
            if (!hasBias) return;
            var bound = 1 / Math.Sqrt(inputs / groups * kernel.H * kernel.W);
            bias = new(empty([outputs], dtype, device));
            init.uniform_(bias, -bound, bound);
            register_parameter(nameof(bias), bias);
        }

        public Parameter weight { get; }

        public Parameter? bias { get; }

        public override Tensor forward(Tensor input) => Aten.Call("conv2d", input, weight, bias, strides, paddings, dilations, groups);
    }
}
