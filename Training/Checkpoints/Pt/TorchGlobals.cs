using static Flow.Training.Checkpoints.Pt.Refusal;

namespace Flow.Training.Checkpoints.Pt;

/// <summary>
/// The short list of names a .pt file may refer to and what each stands for here. Nothing is looked up in any runtime and nothing is
/// executed: a name outside the list is an error.
/// </summary>
internal static class TorchGlobals
{
    static readonly Dictionary<string, PtType> storages = new()
    {
        ["torch.FloatStorage"] = PtType.Float32,
        ["torch.DoubleStorage"] = PtType.Float64,
        ["torch.HalfStorage"] = PtType.Float16,
        ["torch.BFloat16Storage"] = PtType.BFloat16,
        ["torch.LongStorage"] = PtType.Int64,
        ["torch.IntStorage"] = PtType.Int32,
        ["torch.ShortStorage"] = PtType.Int16,
        ["torch.CharStorage"] = PtType.Int8,
        ["torch.ByteStorage"] = PtType.UInt8,
        ["torch.BoolStorage"] = PtType.Bool,
    };

    static readonly HashSet<string> callables =
    [
        "collections.OrderedDict", "argparse.Namespace", "torch.Size",
        "torch._utils._rebuild_tensor_v2", "torch._utils._rebuild_parameter",
    ];

    public static PickleGlobal Find(string module, string name)
    {
        var full = $"{module}.{name}";
        if (callables.Contains(full) || storages.ContainsKey(full)) return new PickleGlobal(full);
        throw Damaged($"it refers to '{Shown(full)}', which is not one of the names a checkpoint may use ({string.Join(", ", callables)} and "
            + "torch's storages). Only tensors, numbers, texts and plain containers are read; save a state_dict without other objects");
    }

    /// <summary>What calling the global with these arguments gives.</summary>
    public static object? Call(PickleGlobal global, object?[] arguments) => (global.Name, arguments) switch
    {
        ("collections.OrderedDict", []) => new OrderedDictionary<object, object?>(),
        ("argparse.Namespace", []) => new PickleNamespace([]),
        ("torch.Size", [object?[] sizes]) => sizes,
        ("torch._utils._rebuild_tensor_v2", [PtStorage storage, long offset, object?[] shape, object?[] strides, ..]) =>
            new PtView(storage, offset, Longs(shape), Longs(strides)),
        ("torch._utils._rebuild_parameter", [PtView data, ..]) => data,
        _ => throw Damaged($"'{global.Name}' is called with arguments of the wrong number or kind"),
    };

    /// <summary>("storage", type, key, device, elements[, no view]): what torch calls a persistent id.</summary>
    public static PtStorage Storage(object? id) =>
        id is object?[] { Length: 5 or 6 } parts && parts.ElementAtOrDefault(5) is null
        && parts is ["storage", PickleGlobal type, string key, string, long elements, ..] && storages.TryGetValue(type.Name, out var element)
            ? new PtStorage(key, element, elements)
            : throw Damaged("a storage is described in a way that is not known");

    static long[] Longs(object?[] values) => Array.ConvertAll(values, value =>
        value is long number ? number : throw Damaged("a tensor's shape holds something that is not a whole number"));

    static string Shown(string name) => name.Length <= 80 ? name : name[..80] + "...";
}
