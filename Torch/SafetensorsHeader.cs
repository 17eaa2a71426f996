using System.Buffers.Binary;
using System.Globalization;
using System.Text.Json;
using static TorchSharp.torch;

namespace Flow.Torch;

/// <summary>Where one tensor lies in a safetensors file: bytes [Begin, End) counted from the end of the header.</summary>
public sealed record SafetensorsEntry(string Name, ScalarType Type, IReadOnlyList<long> Shape, long Begin, long End);

/// <summary>
/// The header of a safetensors file: 8 bytes of length (little-endian), then JSON. Everything in it is checked before a byte of data is
/// read: length against the file and 100 MB, types, shapes against offsets, no overlap, no gap, nothing beyond the end of the file.
/// </summary>
public sealed record SafetensorsHeader(IReadOnlyList<SafetensorsEntry> Entries, IReadOnlyDictionary<string, string> Metadata, long DataStart)
{
    const long Longest = 100_000_000;

    static readonly Dictionary<string, (ScalarType Type, int Bytes)> Types = new()
    {
        ["F64"] = (ScalarType.Float64, 8),
        ["F32"] = (ScalarType.Float32, 4),
        ["F16"] = (ScalarType.Float16, 2),
        ["BF16"] = (ScalarType.BFloat16, 2),
        ["I64"] = (ScalarType.Int64, 8),
        ["I32"] = (ScalarType.Int32, 4),
        ["I16"] = (ScalarType.Int16, 2),
        ["I8"] = (ScalarType.Int8, 1),
        ["U8"] = (ScalarType.Byte, 1),
        ["BOOL"] = (ScalarType.Bool, 1),
    };

    internal static string NameOf(ScalarType type) => Types.FirstOrDefault(known => known.Value.Type == type).Key
        ?? throw new NotSupportedException($"safetensors has no name for elements of type {type}");

    internal static int BytesOf(ScalarType type) => Types[NameOf(type)].Bytes;

    internal static SafetensorsHeader Read(FileStream file)
    {
        Span<byte> prefix = stackalloc byte[8];
        if (file.Length < prefix.Length) throw Damaged(file, $"it has {file.Length} bytes, a header needs 8");
        file.ReadExactly(prefix);
        var length = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (length > Longest) throw Damaged(file, $"its header claims {length} bytes, more than {Longest} is refused");
        if ((long)length > file.Length - 8) throw Damaged(file, $"its header claims {length} bytes, the file has {file.Length}");
        var text = new byte[length];
        file.ReadExactly(text);
        var header = Parse(file, text);
        CheckLayout(file, header);
        return header;
    }

    static SafetensorsHeader Parse(FileStream file, byte[] text)
    {
        try
        {
            using var json = JsonDocument.Parse(text, new() { AllowDuplicateProperties = false });
            var metadata = new Dictionary<string, string>();
            var entries = new List<SafetensorsEntry>();
            foreach (var property in json.RootElement.EnumerateObject())
            {
                if (property.Name != "__metadata__") entries.Add(Entry(file, property));
                else foreach (var item in property.Value.EnumerateObject()) metadata[item.Name] = item.Value.GetString()!;
            }
            return new(entries, metadata, 8 + text.Length);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw Damaged(file, $"its header is not the JSON of a safetensors file ({error.Message})");
        }
    }

    static SafetensorsEntry Entry(FileStream file, JsonProperty property)
    {
        var type = property.Value.GetProperty("dtype").GetString()!;
        if (!Types.TryGetValue(type, out var known))
            throw Damaged(file, $"tensor '{property.Name}' has elements of type {type}; known are {string.Join(", ", Types.Keys)}");
        long[] shape = [.. property.Value.GetProperty("shape").EnumerateArray().Select(length => length.GetInt64())];
        long[] offsets = [.. property.Value.GetProperty("data_offsets").EnumerateArray().Select(offset => offset.GetInt64())];
        if (offsets.Length != 2 || shape.Any(length => length < 0) || offsets[0] < 0 || offsets[1] < offsets[0])
            throw Damaged(file, $"tensor '{property.Name}' has an impossible shape or place");
        if (Product(shape, known.Bytes) != offsets[1] - offsets[0])
            throw Damaged(file, $"tensor '{property.Name}' of shape [{string.Join(", ", shape)}] and type {type} does not fill its {offsets[1] - offsets[0]} bytes");
        return new(property.Name, known.Type, shape, offsets[0], offsets[1]);
    }

    // -1 where the product leaves the range of long, which no file can hold; an empty tensor's other sizes must be sound, too.
    static long Product(long[] shape, long bytes)
    {
        Int128 product = bytes;
        foreach (var length in shape)
        {
            product *= Math.Max(length, 1);
            if (product > long.MaxValue) return -1;
        }
        return shape.Contains(0) ? 0 : (long)product;
    }

    static void CheckLayout(FileStream file, SafetensorsHeader header)
    {
        var at = 0L;
        foreach (var entry in header.Entries.OrderBy(entry => entry.Begin).ThenBy(entry => entry.End))
        {
            if (entry.Begin != at) throw Damaged(file, $"tensor '{entry.Name}' starts at {entry.Begin} where {at} was expected: an overlap or a gap");
            at = entry.End;
        }
        var present = file.Length - header.DataStart;
        if (at != present) throw Damaged(file, string.Create(CultureInfo.InvariantCulture, $"its tensors take {at} bytes and {present} are there: was the file cut short?"));
    }

    static InvalidDataException Damaged(FileStream file, string why) => new($"{file.Name} is not a sound safetensors file: {why}");
}
