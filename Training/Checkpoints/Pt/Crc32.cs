namespace Flow.Training.Checkpoints.Pt;

/// <summary>The checksum of zip entries (CRC-32, reflected polynomial 0xEDB88320), eight bytes a step by table.</summary>
internal static class Crc32
{
    static readonly uint[][] tables = Tables();

    public static uint Of(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        for (; bytes.Length >= 8; bytes = bytes[8..])
        {
            var low = BitConverter.ToUInt32(bytes) ^ crc;
            crc = tables[7][low & 255] ^ tables[6][(low >> 8) & 255] ^ tables[5][(low >> 16) & 255] ^ tables[4][low >> 24]
                ^ tables[3][bytes[4]] ^ tables[2][bytes[5]] ^ tables[1][bytes[6]] ^ tables[0][bytes[7]];
        }
        foreach (var b in bytes) crc = tables[0][(crc ^ b) & 255] ^ (crc >> 8);
        return ~crc;
    }

    static uint[][] Tables()
    {
        var tables = new uint[8][];
        tables[0] = [.. Enumerable.Range(0, 256).Select(i =>
        {
            var value = (uint)i;
            for (var bit = 0; bit < 8; bit++) value = (value & 1) != 0 ? 0xEDB88320u ^ (value >> 1) : value >> 1;
            return value;
        })];
        for (var t = 1; t < 8; t++)
        {
            var previous = tables[t - 1];
            tables[t] = [.. previous.Select(value => tables[0][value & 255] ^ (value >> 8))];
        }
        return tables;
    }
}
