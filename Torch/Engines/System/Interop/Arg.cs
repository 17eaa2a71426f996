using System.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace Flow.Torch.Interop;

/// <summary>One argument of an ATen operator, before it is laid out for the C border. Conversions from every type a method may hold.</summary>
internal readonly struct Arg
{
    readonly Kind kind;
    readonly long bits;
    readonly object? held;

    Arg(Kind kind, long bits = 0, object? held = null) => (this.kind, this.bits, this.held) = (kind, bits, held);

    /// <summary>The default that the operator's schema states.</summary>
    internal static readonly Arg Default = new(Kind.Default);

    internal static readonly Arg None = new(Kind.None);

    /// <summary>A list in which null stands for "all of this dimension".</summary>
    internal static Arg Optional(Tensor?[] tensors) => new(Kind.OptionalTensorList, 0, tensors);

    public static implicit operator Arg(Tensor? tensor) => tensor is null ? None : new(Kind.Tensor, 0, tensor);
    public static implicit operator Arg(int value) => new(Kind.Int, value);
    public static implicit operator Arg(long value) => new(Kind.Int, value);
    public static implicit operator Arg(long? value) => value is { } given ? given : None;
    public static implicit operator Arg(double value) => new(Kind.Double, BitConverter.DoubleToInt64Bits(value));
    public static implicit operator Arg(double? value) => value is { } given ? given : None;
    public static implicit operator Arg(bool value) => new(Kind.Bool, value ? 1 : 0);
    public static implicit operator Arg(bool? value) => value is { } given ? given : None;
    public static implicit operator Arg(Scalar? value) => value is null ? None : new(value.Kind, value.Bits);
    public static implicit operator Arg(ScalarType value) => new(Kind.Int, (long)value);
    public static implicit operator Arg(ScalarType? value) => value is { } given ? given : None;
    public static implicit operator Arg(string? value) => value is null ? None : new(Kind.String, 0, Encoding.UTF8.GetBytes(value));
    public static implicit operator Arg(long[]? value) => value is null ? None : new(Kind.IntList, 0, value);
    public static implicit operator Arg(double[]? value) => value is null ? None : new(Kind.DoubleList, 0, value);
    public static implicit operator Arg(Tensor[] value) => new(Kind.TensorList, 0, value);
    public static implicit operator Arg(Device? value) => value is null ? None : new(Kind.Device, ((long)value.type << 32) | (uint)value.index);
    public static implicit operator Arg(Generator? value) => value is null ? None : new(Kind.Generator, 0, value);

    /// <summary>How many 8-byte words its list or text needs in the pool.</summary>
    internal int Words => held switch
    {
        long[] list => list.Length,
        double[] list => list.Length,
        Tensor[] list => list.Length,
        byte[] text => (text.Length + 7) / 8,
        _ => 0,
    };

    /// <summary>Writes the argument; lists go to the pool, which must stay where it is until the call is over.</summary>
    internal unsafe Value Lower(long* pool) => kind switch
    {
        Kind.Tensor => new Value { Kind = kind, Pointer = ((Tensor)held!).Handle },
        Kind.Generator => new Value { Kind = kind, Pointer = ((Generator)held!).Handle },
        Kind.Device => new Value { Kind = kind, Integer = bits >> 32, Count = (int)bits },
        _ when held is not null => new Value { Kind = kind, Count = Copy(pool), Pointer = (nint)pool },
        _ => new Value { Kind = kind, Integer = bits },
    };

    unsafe int Copy(long* pool)
    {
        switch (held)
        {
            case long[] list:
                list.CopyTo(new Span<long>(pool, list.Length));
                return list.Length;
            case double[] list:
                list.CopyTo(new Span<double>(pool, list.Length));
                return list.Length;
            case byte[] text:
                text.CopyTo(new Span<byte>(pool, text.Length));
                return text.Length;
            case Tensor?[] list:
                for (var i = 0; i < list.Length; i++) pool[i] = list[i]?.Handle ?? 0;
                return list.Length;
            default:
                throw new InvalidOperationException($"an argument of kind {kind} holds {held?.GetType()}");
        }
    }

    /// <summary>Keeps what the native side was reading alive until here.</summary>
    internal void KeepAlive() => GC.KeepAlive(held);
}
