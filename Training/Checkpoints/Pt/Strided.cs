using static Flow.Training.Checkpoints.Pt.Refusal;

namespace Flow.Training.Checkpoints.Pt;

/// <summary>Views of a storage: whether one lies inside it, and its elements in row-major order.</summary>
internal static class Strided
{
    const int MaxDimensions = 64;

    /// <summary>The number of elements of a view whose every element lies inside its storage; anything else is refused.</summary>
    public static long Check(PtView view, string name)
    {
        var (shape, strides) = (view.Shape, view.Strides);
        if (shape.Length != strides.Length || shape.Length > MaxDimensions) throw Damaged($"the tensor '{name}' has no sound shape");
        if (view.Storage.Elements < 0 || view.Offset < 0 || shape.Any(size => size < 0) || strides.Any(stride => stride < 0))
            throw Damaged($"the tensor '{name}' has a negative size, stride or offset");
        var elements = Product(shape, name);
        if (elements == 0) return 0;
        Int128 last = view.Offset;
        for (var i = 0; i < shape.Length; i++) last += (Int128)(shape[i] - 1) * strides[i];
        return last < view.Storage.Elements ? elements : throw Damaged($"the tensor '{name}' reaches outside its storage");
    }

    /// <summary>Copies the view's elements into <paramref name="into"/>, the last axis fastest.</summary>
    public static byte[] Gather(PtView view, byte[] storage, byte[] into)
    {
        var size = view.Storage.Type.Size();
        if (into.Length == 0) return into;
        if (IsContiguous(view))
        {
            storage.AsSpan(checked((int)(view.Offset * size)), into.Length).CopyTo(into);
            return into;
        }
        var index = new long[view.Shape.Length];
        var from = view.Offset;
        for (var at = 0; at < into.Length; at += size)
        {
            storage.AsSpan((int)(from * size), size).CopyTo(into.AsSpan(at));
            from = Advance(view, index, from);
        }
        return into;
    }

    static long Advance(PtView view, long[] index, long from)
    {
        for (var axis = index.Length - 1; axis >= 0; axis--)
        {
            from += view.Strides[axis];
            if (++index[axis] < view.Shape[axis]) return from;
            from -= view.Strides[axis] * view.Shape[axis];
            index[axis] = 0;
        }
        return from;
    }

    static bool IsContiguous(PtView view)
    {
        var stride = 1L;
        for (var axis = view.Shape.Length - 1; axis >= 0; axis--)
        {
            if (view.Shape[axis] != 1 && view.Strides[axis] != stride) return false;
            stride *= view.Shape[axis];
        }
        return true;
    }

    /// <summary>An empty tensor's other sizes must be sound, too: strides are made of them.</summary>
    static long Product(long[] shape, string name)
    {
        Int128 product = 1;
        foreach (var size in shape)
            if ((product *= Math.Max(size, 1)) > long.MaxValue / 8) throw Damaged($"the tensor '{name}' claims more elements than any file holds");
        return shape.Contains(0) ? 0 : (long)product;
    }
}
