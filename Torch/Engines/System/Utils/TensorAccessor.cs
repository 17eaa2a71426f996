using System.Collections;
using static TorchSharp.torch;

namespace TorchSharp.Utils;

/// <summary>The elements of a tensor in row-major order; a tensor that is not contiguous or not on the CPU is read through a copy.</summary>
public sealed class TensorAccessor<T> : IEnumerable<T>, IDisposable where T : unmanaged
{
    readonly Tensor tensor;
    readonly Tensor? copy;

    internal TensorAccessor(Tensor tensor)
    {
        this.tensor = tensor;
        if (tensor.is_cpu() && tensor.is_contiguous()) return;
        using var here = tensor.detach().cpu();
        copy = here.contiguous().DetachFromDisposeScope();
    }

    public long Count => tensor.NumberOfElements;

    unsafe T* First => (T*)(copy ?? tensor).DataPointer;

    public unsafe T this[params long[] indices]
    {
        get => First[Offset(indices)];
        set
        {
            if (copy is not null) throw new InvalidOperationException("elements can be written only in a contiguous tensor on the CPU");
            First[Offset(indices)] = value;
        }
    }

    public unsafe T[] ToArray() => new Span<T>(First, checked((int)Count)).ToArray();

    public unsafe void CopyTo(Span<T> array, int arrayIndex = 0, long tensorIndex = 0) =>
        new Span<T>(First + tensorIndex, checked((int)(Count - tensorIndex))).CopyTo(array[arrayIndex..]);

    public void CopyTo(T[] array, int arrayIndex = 0, long tensorIndex = 0) => CopyTo(array.AsSpan(), arrayIndex, tensorIndex);

    public unsafe void CopyFrom(ReadOnlySpan<T> array, int arrayIndex = 0, long tensorIndex = 0)
    {
        if (copy is not null) throw new InvalidOperationException("elements can be written only in a contiguous tensor on the CPU");
        array[arrayIndex..].CopyTo(new Span<T>(First + tensorIndex, checked((int)(Count - tensorIndex))));
    }

    public void CopyFrom(T[] array, int arrayIndex = 0, long tensorIndex = 0) => CopyFrom(array.AsSpan(), arrayIndex, tensorIndex);

    public IEnumerator<T> GetEnumerator() => ((IEnumerable<T>)ToArray()).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public void Dispose() => copy?.Dispose();

    long Offset(long[] indices)
    {
        if (indices.Length == 1 && tensor.Dimensions != 1) return Within(indices[0], Count);
        var shape = tensor.shape;
        if (indices.Length != shape.Length) throw new ArgumentException($"{indices.Length} indices for {shape.Length} dimensions");
        var offset = 0L;
        for (var i = 0; i < shape.Length; i++) offset = offset * shape[i] + Within(indices[i], shape[i]);
        return offset;
    }

    static long Within(long index, long length) =>
        index >= 0 && index < length ? index : throw new IndexOutOfRangeException($"index {index} of {length}");
}
