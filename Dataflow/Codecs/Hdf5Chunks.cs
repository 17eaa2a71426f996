using System.IO.Compression;

namespace Flow.Dataflow.Codecs;

/// <summary>The numbers of a data set from where they lie: in the header, in one piece, or in chunks under a version 1 B-tree.</summary>
sealed class Hdf5Chunks
{
    readonly Hdf5Bytes file;
    readonly Hdf5DataSet set;
    readonly int[] chunk;
    readonly int chunkBytes;
    readonly byte[] into;
    long left;

    public static byte[] Unpack(Hdf5Bytes file, Hdf5DataSet set)
    {
        var at = set.Storage.At;
        if (file.Number(at, 1) != 3) throw file.Unsupported($"data layout version {file.Number(at, 1)}");
        switch (file.Number(at + 1, 1))
        {
            case 0:
                return Whole(file, set, at + 4, file.Number(at + 2, 2));
            case 1:
                return file.Offset(at + 2) < 0 ? new byte[set.Bytes] : Whole(file, set, file.Offset(at + 2), file.Number(at + 2 + file.OffsetSize, file.LengthSize));
            case 2:
                var chunks = new Hdf5Chunks(file, set);
                if (file.Offset(at + 3) is >= 0 and var tree) chunks.Node(tree, 256);
                return chunks.into;
            default:
                throw file.Unsupported("a virtual data set");
        }
    }

    static byte[] Whole(Hdf5Bytes file, Hdf5DataSet set, long at, long length) => length == set.Bytes
        ? file.Slice(at, length).ToArray()
        : throw file.Damaged($"holds {length} bytes of numbers where its shape asks for {set.Bytes}");

    Hdf5Chunks(Hdf5Bytes file, Hdf5DataSet set)
    {
        (this.file, this.set) = (file, set);
        var rank = set.Shape.Length;
        if (rank == 0 || file.Number(set.Storage.At + 2, 1) != rank + 1) throw file.Damaged("has chunks of another rank than its shape");
        chunk = new int[rank];
        long bytes = Hdf5Array.SizeOf(set.Type);
        left = 1;
        for (var i = 0; i < rank; i++)
        {
            var extent = file.Number(set.Storage.At + 3 + file.OffsetSize + 4L * i, 4);
            if (extent < 1 || extent > Math.Max(set.Shape[i], 1) || (bytes *= extent) > Limits.MaxFileBytes) throw file.Damaged("has chunks of impossible size");
            chunk[i] = (int)extent;
            left *= (set.Shape[i] + extent - 1) / extent;
        }
        chunkBytes = (int)bytes;
        into = new byte[set.Bytes];
    }

    /// <summary>A node of the tree: keys (packed size, skipped filters, origin) before each child.</summary>
    void Node(long node, long above)
    {
        file.Expect(node, "TREE"u8);
        var (kind, level, used) = (file.Number(node + 4, 1), file.Number(node + 5, 1), file.Number(node + 6, 2));
        if (kind != 1 || level >= above) throw file.Damaged("has a damaged tree of chunks");
        var keyBytes = 8 + 8L * (chunk.Length + 1);
        for (var i = 0L; i < used; i++)
        {
            var key = node + 8 + 2L * file.OffsetSize + i * (keyBytes + file.OffsetSize);
            var child = file.Offset(key + keyBytes);
            if (level > 0) Node(child, level);
            else Place(key, file.Slice(child, file.Number(key, 4)));
        }
    }

    void Place(long key, ReadOnlySpan<byte> packed)
    {
        if (--left < 0) throw file.Damaged("has more chunks than its shape holds");
        var origin = new int[chunk.Length];
        for (var i = 0; i < origin.Length; i++)
            origin[i] = file.Number(key + 8 + 8L * i, 8) is >= 0 and var at && at < set.Shape[i] && at % chunk[i] == 0
                ? (int)at
                : throw file.Damaged("has a chunk outside of its shape");
        Copy(Restore(packed, file.Number(key + 4, 4)), origin);
    }

    ReadOnlySpan<byte> Restore(ReadOnlySpan<byte> packed, long skipped)
    {
        for (var i = set.Filters.Count - 1; i >= 0; i--)
            if ((skipped >> i & 1) == 0)
                packed = set.Filters[i] switch
                {
                    Hdf5DataSet.Deflate => Inflate(packed),
                    Hdf5DataSet.Shuffle => Unshuffle(packed),
                    _ => packed.Length >= 4 ? packed[..^4] : throw file.Damaged("has a chunk without its checksum"),
                };
        return packed.Length == chunkBytes ? packed : throw file.Damaged($"has a chunk of {packed.Length} bytes, not {chunkBytes}");
    }

    byte[] Inflate(ReadOnlySpan<byte> packed)
    {
        try
        {
            // A checksum of 4 bytes may follow the numbers, under the deflate filter.
            var bytes = new byte[chunkBytes + (set.Filters.Contains(Hdf5DataSet.Fletcher32) ? 4 : 0)];
            using var zlib = new ZLibStream(new MemoryStream(packed.ToArray()), CompressionMode.Decompress);
            zlib.ReadExactly(bytes);
            return bytes;
        }
        catch (Exception error) when (error is InvalidDataException or EndOfStreamException)
        {
            throw file.Damaged("has a damaged compressed chunk", error);
        }
    }

    byte[] Unshuffle(ReadOnlySpan<byte> shuffled)
    {
        var element = Hdf5Array.SizeOf(set.Type);
        var bytes = new byte[shuffled.Length];
        var count = shuffled.Length / element;
        for (var b = 0; b < element; b++)
            for (var i = 0; i < count; i++) bytes[i * element + b] = shuffled[b * count + i];
        return bytes;
    }

    /// <summary>Row by row of the chunk, without what hangs over the edge of the data set.</summary>
    void Copy(ReadOnlySpan<byte> bytes, int[] origin)
    {
        var element = Hdf5Array.SizeOf(set.Type);
        var last = chunk.Length - 1;
        var run = Math.Min(chunk[last], set.Shape[last] - origin[last]) * element;
        var inside = new int[chunk.Length];
        for (var from = 0; from < bytes.Length; from += chunk[last] * element)
        {
            long to = 0;
            var fits = true;
            for (var i = 0; i <= last; i++)
            {
                var at = origin[i] + inside[i];
                fits &= at < set.Shape[i];
                to = to * set.Shape[i] + at;
            }
            if (fits) bytes.Slice(from, run).CopyTo(into.AsSpan((int)(to * element)));
            for (var i = last - 1; i >= 0 && ++inside[i] == chunk[i]; i--) inside[i] = 0;
        }
    }
}
