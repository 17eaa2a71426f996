namespace Flow.Storage.Engines;

/// <summary>The header of a data page: a struct in Thrift's compact protocol.</summary>
static class PageHeader
{
    const int TypeI32 = 5, TypeBinary = 8, TypeStruct = 12;

    /// <summary>Bytes of the header itself, values of the page, and bytes of the page.</summary>
    /// <exception cref="InvalidDataException">It is no plain data page.</exception>
    public static (int Header, int Values, int Length) Read(ReadOnlySpan<byte> bytes)
    {
        var at = 0;
        var (type, length, values, encoding) = (-1, -1, -1, -1);
        foreach (var (path, value) in Fields(bytes, ref at))
            switch (path)
            {
                case 1: type = value; break;
                case 3: length = value; break;
                case 501: values = value; break;
                case 502: encoding = value; break;
                default: break;
            }
        return type == 0 && encoding == 0 && length >= 0
            ? (at, values, length)
            : throw new InvalidDataException($"a page is not a plain data page (type {type}, encoding {encoding})");
    }

    /// <summary>The 32-bit fields; those of a struct within have 100 times its number added.</summary>
    static List<(int Path, int Value)> Fields(ReadOnlySpan<byte> bytes, ref int at, int outer = 0)
    {
        var fields = new List<(int, int)>();
        for (var field = 0; bytes[at] != 0;)
        {
            var (delta, type) = (bytes[at] >> 4, bytes[at++] & 15);
            field = delta == 0 ? ZigZag(bytes, ref at) : field + delta;
            switch (type)
            {
                case 1 or 2: break; // booleans are their type
                case 3: at++; break;
                case TypeI32: fields.Add(((100 * outer) + field, ZigZag(bytes, ref at))); break;
                case 4 or 6: _ = Varint(bytes, ref at); break;
                case 7: at += sizeof(double); break;
                case TypeBinary: at += checked((int)Varint(bytes, ref at)); break;
                case TypeStruct: fields.AddRange(Fields(bytes, ref at, field)); break;
                default: throw new InvalidDataException($"a page's header has a field of type {type}");
            }
        }
        at++;
        return fields;
    }

    static int ZigZag(ReadOnlySpan<byte> bytes, ref int at)
    {
        var value = Varint(bytes, ref at);
        return (int)((long)(value >> 1) ^ -(long)(value & 1));
    }

    internal static ulong Varint(ReadOnlySpan<byte> bytes, ref int at)
    {
        var value = 0UL;
        for (var shift = 0; shift < 64; shift += 7)
        {
            value |= (ulong)(bytes[at] & 127) << shift;
            if (bytes[at++] < 128) return value;
        }
        throw new InvalidDataException("a page's header has a number without an end");
    }
}

/// <summary>
/// Definition levels of a flat column: for each row, whether it has a value. Runs of one level, or bits in groups of eight (Parquet's
/// hybrid of run lengths and bit packing, one bit wide).
/// </summary>
ref struct DefinitionLevels(ReadOnlySpan<byte> bytes)
{
    readonly ReadOnlySpan<byte> bytes = bytes;
    int at;
    int left;
    int bit = -1;
    bool present;

    public bool Next()
    {
        while (left == 0)
        {
            var header = PageHeader.Varint(bytes, ref at);
            left = checked((int)(header >> 1));
            if ((header & 1) == 0)
            {
                present = bytes[at++] != 0;
                bit = -1;
            }
            else
            {
                left = checked(left * 8);
                bit = at * 8;
                at += left / 8;
            }
        }
        left--;
        if (bit < 0) return present;
        var set = (bytes[bit >> 3] >> (bit & 7)) & 1;
        bit++;
        return set != 0;
    }
}
