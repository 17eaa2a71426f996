using System.Buffers.Binary;
using System.Numerics;
using static Flow.Training.Checkpoints.Pt.Refusal;

namespace Flow.Training.Checkpoints.Pt;

/// <summary>
/// torch.save before 1.6: five pickles (magic number, protocol, machine, content, storage keys), then each storage in the keys' order as
/// its element count (8 bytes) and its bytes.
/// </summary>
internal sealed class PtLegacy : IPtSource
{
    static readonly BigInteger magic = BigInteger.Parse("119547037146038801333356", null);
    const long Protocol = 1001;

    readonly Stream file;
    readonly List<string> keys;
    readonly long data;
    readonly Dictionary<string, long> positions = [];

    public PtLegacy(Stream file, Allowance allowance)
    {
        this.file = file;
        if (PickleReader.Read(file, allowance) is not BigInteger number || number != magic) throw Damaged("it is not a file of torch.save");
        if (PickleReader.Read(file, allowance) is not Protocol) throw Damaged("it has an unknown version of torch's old format");
        if (PickleReader.Read(file, allowance) is OrderedDictionary<object, object?> machine && machine.TryGetValue("little_endian", out var little)
            && little is false) throw Damaged("its numbers are big-endian; save it again on a little-endian machine");
        Root = PickleReader.Read(file, allowance);
        if (PickleReader.Read(file, allowance) is not List<object?> list) throw Damaged("the list of its storages is missing");
        keys = list.ConvertAll(key => key as string ?? throw Damaged("a storage's key is not a text"));
        data = file.Position;
    }

    public object? Root { get; }

    /// <summary>Storages have no directory: each is found by walking over those before it, whose element types the pickle tells.</summary>
    public void Locate(IReadOnlyDictionary<string, PtStorage> storages)
    {
        file.Position = data;
        var length = new byte[8];
        foreach (var key in keys)
        {
            if (!storages.TryGetValue(key, out var storage)) throw Damaged($"the storage '{key}' belongs to no tensor");
            if (file.Length - file.Position < length.Length) throw Damaged($"it ends before the storage '{key}'");
            file.ReadExactly(length);
            if (BinaryPrimitives.ReadInt64LittleEndian(length) != storage.Elements)
                throw Damaged($"the storage '{key}' has not the {storage.Elements} elements that its tensors need");
            positions[key] = file.Position;
            var bytes = (Int128)storage.Elements * storage.Type.Size();
            if (bytes < 0 || bytes > file.Length - file.Position) throw Damaged($"it ends inside the storage '{key}'");
            file.Position += (long)bytes;
        }
    }

    public byte[] Read(PtStorage storage, Allowance allowance)
    {
        if (!positions.TryGetValue(storage.Key, out var position)) throw Damaged($"the storage '{storage.Key}' is missing");
        if (storage.Elements * storage.Type.Size() > Array.MaxLength) throw Damaged($"the storage '{storage.Key}' is larger than 2 GiB");
        var bytes = new byte[allowance.Take(storage.Elements * storage.Type.Size())];
        file.Position = position;
        file.ReadExactly(bytes);
        return bytes;
    }

    public void Dispose() => positions.Clear();
}
