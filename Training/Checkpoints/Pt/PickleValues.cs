namespace Flow.Training.Checkpoints.Pt;

/// <summary>A name that a pickle refers to, "module.name"; only those of <see cref="TorchGlobals"/> ever become one.</summary>
internal sealed record PickleGlobal(string Name);

/// <summary>An argparse.Namespace: the command line that a training script stored beside its weights.</summary>
internal sealed record PickleNamespace(OrderedDictionary<object, object?> Fields);

/// <summary>The element types that torch.save writes, with their size in bytes.</summary>
public enum PtType
{
    Float32,
    Float64,
    Float16,
    BFloat16,
    Int64,
    Int32,
    Int16,
    Int8,
    UInt8,
    Bool,
}

/// <summary>A stretch of numbers that tensors of a .pt file are views of.</summary>
/// <param name="Key">The file's own name of it.</param>
/// <param name="Elements">How many elements the pickle says it has; checked against the file before anything is allocated.</param>
internal sealed record PtStorage(string Key, PtType Type, long Elements);

/// <summary>A strided view of a storage, as the pickle describes it; unread and not yet known to lie inside its storage.</summary>
internal sealed record PtView(PtStorage Storage, long Offset, long[] Shape, long[] Strides);

/// <summary>A tensor of a .pt file, read: row-major little-endian bytes.</summary>
public sealed record PtTensor(PtType Type, long[] Shape, byte[] Data);

internal static class PtTypes
{
    public static int Size(this PtType type) => type switch
    {
        PtType.Float64 or PtType.Int64 => 8,
        PtType.Float32 or PtType.Int32 => 4,
        PtType.Float16 or PtType.BFloat16 or PtType.Int16 => 2,
        _ => 1,
    };
}
