using System.Runtime.CompilerServices;
using Flow.Torch.Interop;

namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        internal nint DataPointer
        {
            get
            {
                Native.Check(Native.flow_tensor_data(Handle, out var data));
                return data;
            }
        }

        /// <summary>The only element, as a number of exactly this type (float for Float32, long for Int64, ...).</summary>
        public T item<T>() where T : unmanaged
        {
            if (NumberOfElements != 1) throw new ArgumentException("Number of elements in the tensor must be 1");
            Check<T>();
            using var here = is_cpu() ? null : cpu();
            unsafe
            {
                return *(T*)(here ?? this).DataPointer;
            }
        }

        /// <summary>The elements, in row-major order whatever the strides.</summary>
        public Utils.TensorAccessor<T> data<T>() where T : unmanaged
        {
            Check<T>();
            return new(this);
        }

        /// <summary>The bytes of a contiguous tensor on the CPU. Valid while the tensor lives.</summary>
        public unsafe Span<byte> bytes
        {
            get
            {
                if (!is_contiguous()) throw new InvalidOperationException("bytes of a tensor that is not contiguous: call contiguous() first");
                if (!is_cpu()) throw new InvalidOperationException("bytes of a tensor that is not on the CPU: call cpu() first");
                return new((void*)DataPointer, checked((int)(NumberOfElements * ElementSize)));
            }
            set
            {
                if (value.Length != NumberOfElements * ElementSize) throw new ArgumentException("the tensor has another number of bytes");
                value.CopyTo(bytes);
            }
        }

        public Scalar ToScalar() => Scalar.Of(Aten.CallScalar("item", this));

        void Check<T>() where T : unmanaged
        {
            var expected = dtype;
            var fits = expected == ScalarType.BFloat16 ? typeof(T) == typeof(ushort) : ToScalarType(typeof(T)) == expected;
            if (!fits) throw new ArgumentException($"data of type {typeof(T).Name} was asked of a tensor of {expected}");
        }
    }

    internal static int SizeOf<T>() where T : unmanaged => Unsafe.SizeOf<T>();
}

/// <summary>What a type of element takes, and numbers out of tensors with one element.</summary>
public static class TensorExtensionMethods
{
    /// <summary>Bytes per element.</summary>
    public static int ElementSize(this torch.ScalarType type) => type switch
    {
        torch.ScalarType.Byte or torch.ScalarType.Int8 or torch.ScalarType.Bool => 1,
        torch.ScalarType.Int16 or torch.ScalarType.Float16 or torch.ScalarType.BFloat16 => 2,
        torch.ScalarType.Int32 or torch.ScalarType.Float32 => 4,
        torch.ScalarType.ComplexFloat64 => 16,
        _ => 8,
    };

    public static float ToSingle(this torch.Tensor value) => value.ToScalar().ToSingle();
    public static double ToDouble(this torch.Tensor value) => value.ToScalar().ToDouble();
    public static byte ToByte(this torch.Tensor value) => value.ToScalar().ToByte();
    public static int ToInt32(this torch.Tensor value) => value.ToScalar().ToInt32();
    public static long ToInt64(this torch.Tensor value) => value.ToScalar().ToInt64();
    public static bool ToBoolean(this torch.Tensor value) => value.ToScalar().ToBoolean();
}
