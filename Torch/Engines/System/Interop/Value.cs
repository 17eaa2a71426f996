using System.Runtime.InteropServices;

namespace Flow.Torch.Interop;

/// <summary>What an argument or result of an operator is; the numbers are those of Torch/native/dispatch.cpp.</summary>
internal enum Kind
{
    None = 0, Tensor = 1, Int = 2, Double = 3, Bool = 4, String = 5, IntList = 6, DoubleList = 7,
    TensorList = 8, OptionalTensorList = 9, Generator = 10, Device = 11, Default = 12,
}

/// <summary>One argument or result as it crosses the C border: 16 bytes, the layout of Value in dispatch.cpp.</summary>
[StructLayout(LayoutKind.Explicit)]
internal struct Value
{
    [FieldOffset(0)] public Kind Kind;
    [FieldOffset(4)] public int Count;
    [FieldOffset(8)] public long Integer;
    [FieldOffset(8)] public double Real;
    [FieldOffset(8)] public nint Pointer;
}
