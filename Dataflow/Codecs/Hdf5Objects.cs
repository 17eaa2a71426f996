namespace Flow.Dataflow.Codecs;

/// <summary>One message of an object header: its type, and where its bytes are.</summary>
readonly record struct Hdf5Message(int Type, long At, long Length)
{
    public const int Dataspace = 1, LinkInfo = 2, Datatype = 3, Link = 6, Layout = 8, Filters = 11, Continuation = 16, SymbolTable = 17;
}

/// <summary>
/// Finds objects in an HDF5 file: superblocks 0 to 3, object headers 1 and 2, groups as symbol tables (what h5py writes by default) or as
/// links in the header. After the HDF5 File Format Specification, version 3.0.
/// </summary>
static class Hdf5Objects
{
    static ReadOnlySpan<byte> Signature => [0x89, (byte)'H', (byte)'D', (byte)'F', 13, 10, 26, 10];

    /// <summary>The messages of the named member of the root group; empty when there is none.</summary>
    public static List<Hdf5Message> Find(Hdf5Bytes file, string name)
    {
        var group = Messages(file, Root(file));
        foreach (var message in group)
        {
            var member = message.Type switch
            {
                Hdf5Message.SymbolTable => InTree(file, file.Offset(message.At), HeapData(file, file.Offset(message.At + file.OffsetSize)), name, 256),
                Hdf5Message.Link => InLink(file, message, name),
                Hdf5Message.LinkInfo when HasDenseLinks(file, message) => throw file.Unsupported("a group with dense links"),
                _ => -1,
            };
            if (member >= 0) return Messages(file, member);
        }
        return [];
    }

    /// <summary>Address of the root group's header.</summary>
    static long Root(Hdf5Bytes file)
    {
        if (file.Length < 48 || !file.Slice(0, 8).SequenceEqual(Signature)) throw file.Damaged("does not begin as one");
        var version = file.Number(8, 1);
        var sizes = version < 2 ? 13 : 9;
        (file.OffsetSize, file.LengthSize) = ((int)file.Number(sizes, 1), (int)file.Number(sizes + 1, 1));
        if (file.OffsetSize is not (4 or 8) || file.LengthSize is not (4 or 8)) throw file.Damaged($"has addresses of {file.OffsetSize} bytes");
        return version switch
        {
            0 => file.Offset(24 + 5L * file.OffsetSize),
            1 => file.Offset(28 + 5L * file.OffsetSize),
            2 or 3 => file.Offset(12 + 3L * file.OffsetSize),
            _ => throw file.Unsupported($"superblock version {version}"),
        };
    }

    static List<Hdf5Message> Messages(Hdf5Bytes file, long header)
    {
        var messages = new List<Hdf5Message>();
        if (file.Slice(header, 4).SequenceEqual("OHDR"u8))
        {
            var flags = (int)file.Number(header + 5, 1);
            var at = header + 6 + ((flags & 0x20) != 0 ? 16 : 0) + ((flags & 0x10) != 0 ? 4 : 0);
            var width = 1 << (flags & 3);
            Collect(file, at + width, file.Number(at, width), new HeaderForm(1, (flags & 4) != 0 ? 6 : 4), messages);
            return messages;
        }
        if (file.Number(header, 1) != 1) throw file.Damaged($"has no object header at byte {header}");
        Collect(file, header + 16, file.Number(header + 8, 4), new HeaderForm(2, 8), messages);
        return messages;
    }

    /// <summary>How messages are written: width of the type, and bytes before the content.</summary>
    readonly record struct HeaderForm(int TypeSize, int Prefix)
    {
        public bool IsOld => TypeSize == 2;
    }

    static void Collect(Hdf5Bytes file, long at, long length, HeaderForm form, List<Hdf5Message> into)
    {
        file.Expect(at, []);
        var end = at + file.Slice(at, length).Length;
        while (at + form.Prefix <= end)
        {
            var message = new Hdf5Message((int)file.Number(at, form.TypeSize), at + form.Prefix, file.Number(at + form.TypeSize, 2));
            var flags = file.Number(at + form.TypeSize + 2, 1);
            _ = file.Slice(message.At, message.Length);
            if ((flags & 2) != 0 && message.Type is Hdf5Message.Dataspace or Hdf5Message.Datatype or Hdf5Message.Filters)
                throw file.Unsupported("shared header messages");
            if (message.Type == Hdf5Message.Continuation) Continue(file, message, form, into);
            else into.Add(message);
            at = message.At + message.Length;
        }
    }

    static void Continue(Hdf5Bytes file, Hdf5Message message, HeaderForm form, List<Hdf5Message> into)
    {
        var (at, length) = (file.Offset(message.At), file.Number(message.At + file.OffsetSize, file.LengthSize));
        if (form.IsOld)
        {
            Collect(file, at, length, form, into);
            return;
        }
        file.Expect(at, "OCHK"u8);
        Collect(file, at + 4, length - 8, form, into);
    }

    static long HeapData(Hdf5Bytes file, long heap)
    {
        file.Expect(heap, "HEAP"u8);
        return file.Offset(heap + 8 + 2L * file.LengthSize);
    }

    /// <summary>Looks through all symbols under a node of the group's B-tree; files of one data set have one.</summary>
    static long InTree(Hdf5Bytes file, long node, long names, string name, long above)
    {
        file.Expect(node, "TREE"u8);
        var (level, used) = (file.Number(node + 5, 1), file.Number(node + 6, 2));
        if (level >= above) throw file.Damaged("has a tree that grows downwards");
        for (var i = 0L; i < used; i++)
        {
            var child = file.Offset(node + 8 + 2L * file.OffsetSize + file.LengthSize + i * (file.OffsetSize + file.LengthSize));
            var found = level > 0 ? InTree(file, child, names, name, level) : InSymbols(file, child, names, name);
            if (found >= 0) return found;
        }
        return -1;
    }

    static long InSymbols(Hdf5Bytes file, long node, long names, string name)
    {
        file.Expect(node, "SNOD"u8);
        var used = file.Number(node + 6, 2);
        for (var i = 0L; i < used; i++)
        {
            var entry = node + 8 + i * (2L * file.OffsetSize + 24);
            if (file.Text(names + file.Offset(entry)) == name) return file.Offset(entry + file.OffsetSize);
        }
        return -1;
    }

    /// <summary>A link message: version, flags, optional type, order and character set, the name's length and the name, the address.</summary>
    static long InLink(Hdf5Bytes file, Hdf5Message message, string name)
    {
        var flags = (int)file.Number(message.At + 1, 1);
        if ((flags & 8) != 0 && file.Number(message.At + 2, 1) != 0) return -1;
        var at = message.At + 2 + ((flags & 8) != 0 ? 1 : 0) + ((flags & 4) != 0 ? 8 : 0) + ((flags & 16) != 0 ? 1 : 0);
        var width = 1 << (flags & 3);
        var length = file.Number(at, width);
        var text = System.Text.Encoding.UTF8.GetString(file.Slice(at + width, length));
        return text == name ? file.Offset(at + width + length) : -1;
    }

    static bool HasDenseLinks(Hdf5Bytes file, Hdf5Message message)
    {
        var ordered = (file.Number(message.At + 1, 1) & 1) != 0;
        return file.Offset(message.At + 2 + (ordered ? 8 : 0)) >= 0;
    }
}
