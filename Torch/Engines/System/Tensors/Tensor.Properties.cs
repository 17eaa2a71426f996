using Flow.Torch.Interop;

namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        unsafe (long Dims, ScalarType Dtype, DeviceType Device, int Index) Info()
        {
            long dims;
            sbyte dtype, type, index;
            Native.Check(Native.flow_tensor_info(Handle, &dims, &dtype, &type, &index));
            GC.KeepAlive(this);
            return (dims, (ScalarType)dtype, (DeviceType)type, index);
        }

        bool Flag(int which)
        {
            Native.Check(Native.flow_tensor_flag(Handle, which, out var value));
            GC.KeepAlive(this);
            return value != 0;
        }

        public long Dimensions => Info().Dims;

        public long ndim => Info().Dims;

        public long dim() => Info().Dims;

        public ScalarType dtype => Info().Dtype;

        public Device device
        {
            get
            {
                var (_, _, type, index) = Info();
                return new(type, index);
            }
        }

        public DeviceType device_type => Info().Device;

        public int device_index => Info().Index;

        public bool is_cuda => device_type == DeviceType.CUDA;

        public bool is_cpu() => device_type == DeviceType.CPU;

        public unsafe long[] shape
        {
            get
            {
                var sizes = new long[Dimensions];
                fixed (long* first = sizes) Native.Check(Native.flow_tensor_sizes(Handle, first, null));
                GC.KeepAlive(this);
                return sizes;
            }
        }

        public long[] size() => shape;

        public long size(int dim) => shape[dim < 0 ? dim + (int)Dimensions : dim];

        public unsafe long[] stride()
        {
            var count = Dimensions;
            long[] sizes = new long[count], strides = new long[count];
            fixed (long* first = sizes, second = strides) Native.Check(Native.flow_tensor_sizes(Handle, first, second));
            GC.KeepAlive(this);
            return strides;
        }

        public long stride(int dim) => stride()[dim < 0 ? dim + (int)Dimensions : dim];

        public long NumberOfElements => shape.Aggregate(1L, (product, length) => product * length);

        public long numel() => NumberOfElements;

        public long ElementSize => dtype.ElementSize();

        public long element_size() => ElementSize;

        public bool is_floating_point() => torch.is_floating_point(dtype);

        public bool is_integral() => torch.is_integral(dtype);

        public bool is_complex() => torch.is_complex(dtype);

        public bool is_leaf => Flag(1);

        public bool is_contiguous() => Flag(2);

        public bool is_sparse => Flag(4);

        public bool requires_grad
        {
            get => Flag(0);
            set => requires_grad_(value);
        }

        public Tensor requires_grad_(bool requires_grad = true)
        {
            Native.Check(Native.flow_tensor_set_requires_grad(Handle, requires_grad ? 1 : 0));
            return this;
        }

        public Tensor with_requires_grad(bool requires_grad = true) => requires_grad_(requires_grad);

        /// <summary>The gradient that backward left here, as a new handle at every call, or null.</summary>
        public Tensor? grad
        {
            get
            {
                Native.Check(Native.flow_tensor_grad(Handle, out var result));
                return result == 0 ? null : new(result);
            }
            set
            {
                Native.Check(Native.flow_tensor_set_grad(Handle, value is null ? 0 : value.Handle));
                GC.KeepAlive(value);
            }
        }

        public void retain_grad() => Aten.CallMany("retain_grad", this);

        public void backward() => autograd.backward([this]);

        public void backward(IList<Tensor>? grad_tensors = null, bool retain_graph = false, bool create_graph = false, IList<Tensor>? inputs = null) =>
            autograd.backward([this], grad_tensors, retain_graph, create_graph, inputs);

        public Tensor detach() => Aten.Call("detach", this);

        public Tensor detach_() => Aten.InPlace("detach_", this);

        public Tensor alias() => Aten.Call("alias", this);

        public Tensor clone() => Aten.Call("clone", this);

        public Tensor contiguous() => Aten.Call("contiguous", this);

        public Tensor copy_(Tensor source, bool nonBlocking = false) => Aten.InPlace("copy_", this, source, nonBlocking);

        public Tensor set_(Tensor source) => Aten.InPlace("set_.source_Tensor", this, source);
    }
}
