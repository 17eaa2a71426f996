using Flow.Torch.Interop;

namespace TorchSharp;

/// <summary>A number whose type libtorch chooses from the tensor it meets: an integer, a real, or a truth value.</summary>
public sealed class Scalar : IDisposable
{
    internal Kind Kind { get; }

    internal long Bits { get; }

    Scalar(Kind kind, long bits) => (Kind, Bits) = (kind, bits);

    internal static Scalar Of(Value value) => new(value.Kind, value.Integer);

    public torch.ScalarType Type => Kind switch
    {
        Kind.Bool => torch.ScalarType.Bool,
        Kind.Double => torch.ScalarType.Float64,
        _ => torch.ScalarType.Int64,
    };

    public static implicit operator Scalar(byte value) => new(Kind.Int, value);
    public static implicit operator Scalar(sbyte value) => new(Kind.Int, value);
    public static implicit operator Scalar(short value) => new(Kind.Int, value);
    public static implicit operator Scalar(int value) => new(Kind.Int, value);
    public static implicit operator Scalar(long value) => new(Kind.Int, value);
    public static implicit operator Scalar(Half value) => (double)value;
    public static implicit operator Scalar(float value) => (double)value;
    public static implicit operator Scalar(double value) => new(Kind.Double, BitConverter.DoubleToInt64Bits(value));
    public static implicit operator Scalar(bool value) => new(Kind.Bool, value ? 1 : 0);

    internal double Real => Kind == Kind.Double ? BitConverter.Int64BitsToDouble(Bits) : Bits;

    internal long Integer => Kind == Kind.Double ? checked((long)Real) : Bits;

    public void Dispose()
    {
        // Nothing native is held here; TorchSharp's Scalar is disposable.
    }
}

/// <summary>Conversions between numbers and <see cref="Scalar"/>.</summary>
public static class ScalarExtensionMethods
{
    public static Scalar ToScalar(this byte value) => value;
    public static Scalar ToScalar(this int value) => value;
    public static Scalar ToScalar(this long value) => value;
    public static Scalar ToScalar(this float value) => value;
    public static Scalar ToScalar(this double value) => value;
    public static Scalar ToScalar(this bool value) => value;
    public static float ToSingle(this Scalar value) => (float)value.Real;
    public static double ToDouble(this Scalar value) => value.Real;
    public static byte ToByte(this Scalar value) => (byte)value.Integer;
    public static short ToInt16(this Scalar value) => (short)value.Integer;
    public static int ToInt32(this Scalar value) => (int)value.Integer;
    public static long ToInt64(this Scalar value) => value.Integer;
    public static bool ToBoolean(this Scalar value) => value.Bits != 0;
}
