using System.IO.Compression;
using static Flow.Dataflow.Codecs.Hdf5Native;

namespace Flow.Dataflow.Codecs;

/// <summary>The chunks of a data set as they lie in the file, with the filters that packed them: gzip and byte shuffle.</summary>
sealed class Hdf5Chunks
{
    const int Deflate = 1;
    const int Shuffle = 2;

    readonly int[] chunk;
    readonly List<int> filters;
    readonly List<(int[] Origin, uint Skipped, byte[] Packed)> pieces = [];

    Hdf5Chunks(int[] chunk, List<int> filters) => (this.chunk, this.filters) = (chunk, filters);

    /// <summary>Reads the packed chunks; none when the set is not chunked or uses other filters, which the library then undoes itself.</summary>
    public static Hdf5Chunks? Find(long set, Hdf5Array array, string path)
    {
        var list = H5Dget_create_plist(set);
        try
        {
            if (!Hdf5.IsChunked(list) || array.Shape.Length == 0) return null;
            Span<ulong> extents = stackalloc ulong[array.Shape.Length];
            if (H5Pget_chunk(list, array.Shape.Length, extents) != array.Shape.Length) throw Hdf5.Damaged(path, "has a damaged chunk layout");
            var chunk = new int[extents.Length];
            for (var i = 0; i < chunk.Length; i++)
                chunk[i] = extents[i] is > 0 and <= int.MaxValue ? (int)extents[i] : throw Hdf5.Damaged(path, "has a damaged chunk layout");
            var filters = Filters(list);
            if (filters.Exists(filter => filter is not (Deflate or Shuffle))) return null;
            var chunks = new Hdf5Chunks(chunk, filters);
            chunks.ReadPieces(set, array, path);
            return chunks;
        }
        finally
        {
            _ = H5Pclose(list);
        }
    }

    /// <summary>Undoes the filters and lays every chunk in its place.</summary>
    public void Unpack(Hdf5Array array, string path)
    {
        var bytes = chunk.Aggregate((long)Hdf5Array.SizeOf(array.Type), (product, extent) => checked(product * extent));
        if (bytes > Limits.MaxFileBytes) throw Hdf5.Damaged(path, $"has chunks of {bytes} bytes");
        foreach (var (origin, skipped, packed) in pieces)
            Place(array, origin, Restore(packed, skipped, (int)bytes, Hdf5Array.SizeOf(array.Type), path));
    }

    static List<int> Filters(long list)
    {
        var filters = new List<int>();
        for (uint i = 0; i < H5Pget_nfilters(list); i++)
        {
            nuint none = 0;
            filters.Add(H5Pget_filter2(list, i, out _, ref none, [], 0, 0, 0));
        }
        return filters;
    }

    void ReadPieces(long set, Hdf5Array array, string path)
    {
        var origin = new int[chunk.Length];
        Span<ulong> offset = stackalloc ulong[chunk.Length];
        do
        {
            for (var i = 0; i < origin.Length; i++) offset[i] = (ulong)origin[i];
            // A chunk that was never written takes no storage and reads as zeros.
            if (H5Dget_chunk_storage_size(set, offset, out var size) < 0 || size == 0) continue;
            if (size > Limits.MaxFileBytes) throw Hdf5.Damaged(path, $"claims a chunk of {size} bytes");
            var packed = new byte[size];
            if (H5Dread_chunk(set, 0, offset, out var skipped, packed) < 0) throw Hdf5.Damaged(path, "has an unreadable chunk");
            pieces.Add(([.. origin], skipped, packed));
        }
        while (Next(origin, array.Shape));
    }

    bool Next(int[] origin, int[] shape)
    {
        for (var i = origin.Length - 1; i >= 0; i--)
        {
            if (shape[i] - origin[i] > chunk[i])
            {
                origin[i] += chunk[i];
                return true;
            }
            origin[i] = 0;
        }
        return false;
    }

    byte[] Restore(byte[] packed, uint skipped, int length, int element, string path)
    {
        for (var i = filters.Count - 1; i >= 0; i--)
            if ((skipped >> i & 1) == 0) packed = filters[i] == Deflate ? Inflate(packed, length, path) : Unshuffle(packed, element);
        return packed.Length == length ? packed : throw Hdf5.Damaged(path, $"has a chunk of {packed.Length} bytes, not {length}");
    }

    static byte[] Inflate(byte[] packed, int length, string path)
    {
        try
        {
            var bytes = new byte[length];
            using var zlib = new ZLibStream(new MemoryStream(packed), CompressionMode.Decompress);
            zlib.ReadExactly(bytes);
            return bytes;
        }
        catch (Exception error) when (error is InvalidDataException or EndOfStreamException)
        {
            throw Hdf5.Damaged(path, "has a damaged compressed chunk", error);
        }
    }

    static byte[] Unshuffle(byte[] shuffled, int element)
    {
        var bytes = new byte[shuffled.Length];
        var count = shuffled.Length / element;
        for (var b = 0; b < element; b++)
            for (var i = 0; i < count; i++) bytes[i * element + b] = shuffled[b * count + i];
        return bytes;
    }

    void Place(Hdf5Array array, int[] origin, byte[] bytes)
    {
        var element = Hdf5Array.SizeOf(array.Type);
        var last = chunk.Length - 1;
        var run = Math.Min(chunk[last], array.Shape[last] - origin[last]) * element;
        var inside = new int[chunk.Length];
        for (var from = 0; from < bytes.Length; from += chunk[last] * element)
        {
            long to = 0;
            var fits = true;
            for (var i = 0; i <= last; i++)
            {
                var at = origin[i] + (i == last ? 0 : inside[i]);
                fits &= at < array.Shape[i];
                to = to * array.Shape[i] + at;
            }
            if (fits) bytes.AsSpan(from, run).CopyTo(array.Bytes.AsSpan((int)(to * element)));
            for (var i = last - 1; i >= 0 && ++inside[i] == chunk[i]; i--) inside[i] = 0;
        }
    }
}
