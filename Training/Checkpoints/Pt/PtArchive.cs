using System.IO.Compression;
using static Flow.Training.Checkpoints.Pt.Refusal;

namespace Flow.Training.Checkpoints.Pt;

/// <summary>Where the storages of a .pt file lie; both formats give the pickle and, on demand, the bytes of a storage.</summary>
internal interface IPtSource : IDisposable
{
    object? Root { get; }

    /// <summary>Exactly the storage's bytes; an error when the file has fewer or more.</summary>
    byte[] Read(PtStorage storage, Allowance allowance);
}

/// <summary>torch.save since 1.6: a zip archive of FOLDER/data.pkl and FOLDER/data/KEY, stored or deflated.</summary>
internal sealed class PtArchive : IPtSource
{
    readonly ZipArchive zip;
    readonly Dictionary<string, ZipArchiveEntry> entries = [];
    readonly string folder;

    public PtArchive(Stream file, Allowance allowance)
    {
        zip = new ZipArchive(file, ZipArchiveMode.Read, leaveOpen: true);
        foreach (var entry in zip.Entries)
            if (!entries.TryAdd(entry.FullName, entry)) throw Damaged($"the archive has two entries named '{entry.FullName}'");
        var pickle = zip.Entries.FirstOrDefault(entry => entry.FullName.EndsWith("/data.pkl", StringComparison.Ordinal))
            ?? throw Damaged("the archive holds no data.pkl: it was not written by torch.save");
        folder = pickle.FullName[..^"data.pkl".Length];
        RefuseBigEndian(allowance);
        Root = PickleReader.Read(new MemoryStream(Bytes(pickle, pickle.Length, allowance)), allowance);
    }

    public object? Root { get; }

    public byte[] Read(PtStorage storage, Allowance allowance)
    {
        if (!entries.TryGetValue($"{folder}data/{storage.Key}", out var entry))
            throw Damaged($"the storage '{storage.Key}' is missing from the archive");
        var expected = (Int128)storage.Elements * storage.Type.Size();
        if (entry.Length != expected)
            throw Damaged($"the storage '{storage.Key}' has {entry.Length} bytes where {storage.Elements} {storage.Type} elements are due");
        return Bytes(entry, entry.Length, allowance);
    }

    void RefuseBigEndian(Allowance allowance)
    {
        if (entries.TryGetValue($"{folder}byteorder", out var entry) && !Bytes(entry, entry.Length, allowance).AsSpan().SequenceEqual("little"u8))
            throw Damaged("its numbers are big-endian; save it again on a little-endian machine");
    }

    /// <summary>An entry claims its length before it is inflated, so the claim is charged first, and must then be met to the byte.</summary>
    static byte[] Bytes(ZipArchiveEntry entry, long length, Allowance allowance)
    {
        if (length > Array.MaxLength) throw Damaged($"the entry '{entry.FullName}' is larger than 2 GiB");
        var bytes = new byte[allowance.Take(length)];
        using var content = entry.Open();
        content.ReadExactly(bytes);
        if (content.ReadByte() >= 0) throw Damaged($"the entry '{entry.FullName}' is longer than it says");
        if (Crc32.Of(bytes) != entry.Crc32) throw Damaged($"the entry '{entry.FullName}' does not match its checksum");
        return bytes;
    }

    public void Dispose() => zip.Dispose();
}
