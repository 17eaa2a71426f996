using System.Buffers.Binary;
using System.Text.Json;
using static TorchSharp.torch;

namespace Flow.Torch;

/// <summary>
/// Named tensors in files of the safetensors format (F64, F32, F16, BF16, I64, I32, I16, I8, U8, BOOL). Reading runs nothing and allocates
/// no more than the file holds; writing is atomic: a reader sees the old file or the whole new one.
/// </summary>
public static class Safetensors
{
    /// <summary>What is in the file, without its data. InvalidDataException says what is wrong with a damaged one.</summary>
    public static SafetensorsHeader ReadHeader(string path)
    {
        using var file = File.OpenRead(path);
        return SafetensorsHeader.Read(file);
    }

    /// <summary>All tensors on the CPU, in the order of the header, owned by the caller's dispose scope.</summary>
    public static Dictionary<string, Tensor> Load(string path) => Load(path, _ => true);

    /// <summary>The tensors whose names are wanted.</summary>
    public static Dictionary<string, Tensor> Load(string path, Func<string, bool> wanted)
    {
        using var file = File.OpenRead(path);
        var header = SafetensorsHeader.Read(file);
        return header.Entries.Where(entry => wanted(entry.Name)).ToDictionary(entry => entry.Name, entry => ReadTensor(file, header, entry));
    }

    static Tensor ReadTensor(FileStream file, SafetensorsHeader header, SafetensorsEntry entry)
    {
        var tensor = empty([.. entry.Shape], entry.Type);
        file.Position = header.DataStart + entry.Begin;
        if (entry.End > entry.Begin) file.ReadExactly(tensor.bytes);
        return tensor;
    }

    /// <summary>Writes to a temporary file beside the path, forces it to the disk, and renames it. Equal input gives equal bytes.</summary>
    public static void Save(string path, IReadOnlyDictionary<string, Tensor> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        var temporary = $"{path}.{Environment.ProcessId}.tmp";
        try
        {
            using (var file = File.Create(temporary))
            {
                Write(file, tensors, metadata ?? new Dictionary<string, string>());
                file.Flush(flushToDisk: true);
            }
            File.Move(temporary, path, overwrite: true);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    static void Write(Stream stream, IReadOnlyDictionary<string, Tensor> tensors, IReadOnlyDictionary<string, string> metadata)
    {
        var header = HeaderOf(tensors, metadata);
        Span<byte> prefix = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(prefix, (ulong)header.Length);
        stream.Write(prefix);
        stream.Write(header);
        foreach (var tensor in tensors.Values)
        {
            if (tensor.numel() == 0) continue;
            using var scope = NewDisposeScope();
            stream.Write(tensor.detach().cpu().contiguous().bytes);
        }
    }

    static byte[] HeaderOf(IReadOnlyDictionary<string, Tensor> tensors, IReadOnlyDictionary<string, string> metadata)
    {
        using var text = new MemoryStream();
        using (var json = new Utf8JsonWriter(text))
        {
            json.WriteStartObject();
            if (metadata.Count > 0) WriteMetadata(json, metadata);
            var at = 0L;
            foreach (var (name, tensor) in tensors) at = WriteEntry(json, name, tensor, at);
            json.WriteEndObject();
        }
        // The data starts at a multiple of 8 bytes, as the format's own writer does it.
        while (text.Length % 8 != 0) text.WriteByte((byte)' ');
        return text.ToArray();
    }

    static void WriteMetadata(Utf8JsonWriter json, IReadOnlyDictionary<string, string> metadata)
    {
        json.WriteStartObject("__metadata__");
        foreach (var (key, value) in metadata) json.WriteString(key, value);
        json.WriteEndObject();
    }

    static long WriteEntry(Utf8JsonWriter json, string name, Tensor tensor, long at)
    {
        var end = at + tensor.numel() * SafetensorsHeader.BytesOf(tensor.dtype);
        json.WriteStartObject(name);
        json.WriteString("dtype", SafetensorsHeader.NameOf(tensor.dtype));
        json.WriteStartArray("shape");
        foreach (var length in tensor.shape) json.WriteNumberValue(length);
        json.WriteEndArray();
        json.WriteStartArray("data_offsets");
        json.WriteNumberValue(at);
        json.WriteNumberValue(end);
        json.WriteEndArray();
        json.WriteEndObject();
        return end;
    }
}
