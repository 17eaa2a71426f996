using System.Buffers;
using System.IO.MemoryMappedFiles;

namespace Flow.Storage.Engines;

/// <summary>
/// A file as memory, read-only. Slices keep it mapped for as long as they are used. Who truncates a file that others have mapped makes
/// them crash; shards are never changed once they have their name.
/// </summary>
sealed unsafe class MappedFile : MemoryManager<byte>
{
    // Unmapped by its handle's finalizer, when neither this object nor memory sliced from it is reachable.
    readonly MemoryMappedViewAccessor view;
    readonly byte* start;

    /// <summary>Maps the whole file, which is smaller than 2 GB.</summary>
    public MappedFile(string path)
    {
        Length = checked((int)new FileInfo(path).Length);
        using var file = MemoryMappedFile.CreateFromFile(path, FileMode.Open, mapName: null, 0, MemoryMappedFileAccess.Read);
        view = file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        start = (byte*)view.SafeMemoryMappedViewHandle.DangerousGetHandle();
    }

    public int Length { get; }

    /// <summary>A span alone keeps nothing mapped: its user keeps this object or the memory it came from.</summary>
    public override Span<byte> GetSpan() => new(start, Length);

    public override MemoryHandle Pin(int elementIndex = 0) => new(start + elementIndex);

    public override void Unpin() { }

    protected override void Dispose(bool disposing) => view.Dispose();
}
