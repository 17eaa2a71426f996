using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Flow.TestData;

/// <summary>
/// A safetensors file of the golden folder, read without the product's own reader, so that a test of one never vouches for the other.
/// F32, F64 and I64 only, as the folder's README promises; row-major.
/// </summary>
public sealed class GoldenFile
{
    readonly byte[] bytes;
    readonly int data;
    readonly Dictionary<string, (string Type, long[] Shape, int Begin, int End)> entries = [];

    public GoldenFile(string path)
    {
        bytes = File.ReadAllBytes(path);
        data = 8 + checked((int)BinaryPrimitives.ReadInt64LittleEndian(bytes));
        using var header = JsonDocument.Parse(bytes.AsMemory(8, data - 8));
        foreach (var entry in header.RootElement.EnumerateObject())
            if (entry.Name == "__metadata__")
                Metadata = entry.Value.EnumerateObject().ToDictionary(m => m.Name, m => m.Value.GetString()!);
            else
                entries[entry.Name] = (
                    entry.Value.GetProperty("dtype").GetString()!,
                    [.. entry.Value.GetProperty("shape").EnumerateArray().Select(n => n.GetInt64())],
                    entry.Value.GetProperty("data_offsets")[0].GetInt32(),
                    entry.Value.GetProperty("data_offsets")[1].GetInt32());
    }

    /// <summary>Every file of the golden folder whose name matches the pattern, sorted; empty in a checkout without the folder.</summary>
    public static IEnumerable<string> Named(string pattern) =>
        SharedFolder.Golden is { } folder
            ? Directory.EnumerateFiles(folder, pattern).Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal)
            : [];

    /// <summary>Opens a file of the golden folder by its name.</summary>
    public static GoldenFile Open(string name) => new(Path.Combine(SharedFolder.Golden!, name));

    public IReadOnlyDictionary<string, string> Metadata { get; } = new Dictionary<string, string>();

    /// <summary>Names in the order of the file's header.</summary>
    public IEnumerable<string> Names => entries.Keys;

    public bool Has(string name) => entries.ContainsKey(name);

    public long[] Shape(string name) => entries[name].Shape;

    public bool IsInteger(string name) => entries[name].Type == "I64";

    public float[] Floats(string name) => Read<float>(name, "F32");

    public double[] Doubles(string name) => Read<double>(name, "F64");

    public long[] Longs(string name) => Read<long>(name, "I64");

    T[] Read<T>(string name, string type) where T : struct
    {
        var (given, _, begin, end) = entries[name];
        if (given != type) throw new InvalidDataException($"{name} is {given}, not {type}");
        return MemoryMarshal.Cast<byte, T>(bytes.AsSpan(data + begin, end - begin)).ToArray();
    }
}
