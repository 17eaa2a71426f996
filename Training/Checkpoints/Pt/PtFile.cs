using LanguageExt;
using LanguageExt.Common;
using static Flow.Training.Checkpoints.Pt.Refusal;

namespace Flow.Training.Checkpoints.Pt;

/// <summary>
/// A checkpoint that PyTorch wrote with torch.save: zip (since 1.6) or the older format. Reading executes nothing, refuses every name
/// outside a short list, allocates at most about twenty times the file's length, and never reads outside a tensor's storage.
/// </summary>
public sealed class PtFile : IDisposable
{
    /// <summary>Containers nested deeper than this are not a checkpoint: train.py needs opt.state.INDEX.NAME.</summary>
    const int MaxDepth = 8;

    const int LongestMessage = 500;

    readonly FileStream file;
    readonly IPtSource source;
    readonly Allowance allowance;
    readonly OrderedDictionary<string, PtView> views = [];
    readonly OrderedDictionary<string, object?> values = [];
    long visits;
    (string Key, byte[] Bytes)? latest;

    PtFile(string path)
    {
        file = File.OpenRead(path);
        try
        {
            allowance = new Allowance(file.Length);
            source = OpenSource();
            Flatten("", source.Root, 0);
            if (source is PtLegacy legacy) legacy.Locate(Storages());
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    public string Path => file.Name;

    /// <summary>Dotted names of all tensors: "model.blocks.0.attn.qkv.weight", "opt.state.1.exp_avg", or without prefix in a bare state dict.</summary>
    public IEnumerable<string> Names => views.Keys;

    /// <summary>Everything that is not a tensor by its dotted name: "args.model", "opt.param_groups.0.lr".</summary>
    public IReadOnlyDictionary<string, object?> Values => values;

    /// <summary>Opens a file and reads its pickle; tensors are read when asked for. A damaged or foreign file is a Left that says what is wrong.</summary>
    public static Either<Error, PtFile> Open(string path) => Guarded(path, () => new PtFile(path));

    /// <summary>One tensor by its dotted name.</summary>
    public Either<Error, PtTensor> Tensor(string name) => Guarded(file.Name, () => Materialise(name));

    /// <summary>
    /// The part of the file that holds a model: "ema" if there is one, else "model", else "state_dict", else the whole file (the published
    /// DiT weights are a bare state dict). Empty string for the whole file.
    /// </summary>
    public string PreferredPart => new[] { "ema", "model", "state_dict" }.FirstOrDefault(HasPart) ?? "";

    bool HasPart(string part) => views.Keys.Any(name => name.StartsWith($"{part}.", StringComparison.Ordinal));

    public void Dispose()
    {
        source.Dispose();
        file.Dispose();
    }

    IPtSource OpenSource()
    {
        if (file.Length == 0) throw Damaged("it is empty");
        Span<byte> start = stackalloc byte[2];
        file.ReadAtLeast(start, 2, throwOnEndOfStream: false);
        file.Position = 0;
        return start.SequenceEqual("PK"u8) ? new PtArchive(file, allowance) : new PtLegacy(file, allowance);
    }

    void Flatten(string name, object? value, int depth)
    {
        // A pickle may hold one list a million times inside others; visits are bounded by the file's length, so such a file is refused.
        if (depth > MaxDepth || ++visits > file.Length) throw Damaged("its containers are nested too deeply");
        switch (value)
        {
            case PtView view: views[name] = view; break;
            case OrderedDictionary<object, object?> map: Each(name, map.Select(item => ($"{item.Key}", item.Value)), depth); break;
            case PickleNamespace named: Flatten(name, named.Fields, depth); break;
            case List<object?> list: Each(name, list.Select((item, i) => ($"{i}", item)), depth); break;
            case object?[] tuple: Each(name, tuple.Select((item, i) => ($"{i}", item)), depth); break;
            default: values[name] = value; break;
        }
    }

    void Each(string name, IEnumerable<(string Key, object? Value)> items, int depth)
    {
        foreach (var (key, value) in items)
        {
            // One long key, held by many containers, would be written out once for each of them.
            allowance.Take(sizeof(char) * ((long)name.Length + key.Length + 1));
            Flatten(name.Length == 0 ? key : $"{name}.{key}", value, depth + 1);
        }
    }

    Dictionary<string, PtStorage> Storages()
    {
        var storages = new Dictionary<string, PtStorage>();
        foreach (var view in views.Values)
            if (storages.TryAdd(view.Storage.Key, view.Storage) is false && storages[view.Storage.Key] != view.Storage)
                throw Damaged($"the storage '{view.Storage.Key}' is described in two ways");
        return storages;
    }

    PtTensor Materialise(string name)
    {
        var view = views.TryGetValue(name, out var found) ? found : throw Damaged($"it holds no tensor '{name}'");
        var elements = Strided.Check(view, name);
        var size = view.Storage.Type.Size();
        if (elements * size > Array.MaxLength) throw Damaged($"the tensor '{name}' is larger than 2 GiB");
        var storage = StorageBytes(view.Storage);
        return new PtTensor(view.Storage.Type, view.Shape, Strided.Gather(view, storage, new byte[allowance.Take(elements * size)]));
    }

    /// <summary>Views that share a storage mostly follow one another, so the last storage is kept.</summary>
    byte[] StorageBytes(PtStorage storage)
    {
        if (latest is { } kept && kept.Key == storage.Key && kept.Bytes.Length == storage.Elements * storage.Type.Size()) return kept.Bytes;
        if (latest is { } old) allowance.Return(old.Bytes.Length);
        latest = null;
        latest = (storage.Key, source.Read(storage, allowance));
        return latest.Value.Bytes;
    }

    static Either<Error, T> Guarded<T>(string path, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception fault) when (fault is InvalidDataException or EndOfStreamException or IOException or UnauthorizedAccessException
            or OverflowException or ArgumentException or NotSupportedException)
        {
            return Error.New($"{path}: {Printable(fault.Message.TrimEnd('.'))}. It cannot be read as a PyTorch checkpoint.");
        }
    }

    /// <summary>Names in a message come from the file: they may be long, or hold what moves a terminal's cursor.</summary>
    static string Printable(string message) =>
        string.Concat((message.Length <= LongestMessage ? message : message[..LongestMessage] + "...").Select(c => char.IsControl(c) ? '?' : c));
}
