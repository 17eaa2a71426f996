using System.Buffers.Binary;
using Flow.Storage.Engines;

namespace Flow.Storage.Shards;

/// <summary>
/// The columns of one row group of a shard; nothing leaves them whose checksum doesn't fit. Blobs may lie in a mapped file: keep this object
/// for as long as their spans are used.
/// </summary>
public sealed class ShardColumns
{
    readonly ShardReader shard;
    readonly int group;
    readonly LongColumn ids, labels, heights, widths;
    readonly TextColumn keys, splits;
    readonly BytesColumn checksums;
    readonly BytesColumn?[] blobs;

    /// <exception cref="DamagedShardException">A row's fields are not what was written.</exception>
    internal ShardColumns(ShardReader shard, int group, RowGroup rows, IReadOnlyList<string> wanted)
    {
        (this.shard, this.group) = (shard, group);
        ids = rows.Get<LongColumn>(ShardFormat.Id);
        labels = rows.Get<LongColumn>(ShardFormat.Label);
        heights = rows.Get<LongColumn>(ShardFormat.Height);
        widths = rows.Get<LongColumn>(ShardFormat.Width);
        keys = rows.Get<TextColumn>(ShardFormat.Key);
        splits = rows.Get<TextColumn>(ShardFormat.Split);
        checksums = rows.Get<BytesColumn>(ShardFormat.Checksums);
        blobs = [.. shard.Schema.Blobs.Select(blob => wanted.Contains(blob.Name) ? rows.Get<BytesColumn>(blob.Name) : null)];
        for (var row = 0; row < Count; row++) CheckFields(row);
    }

    public int Count => ids.Count;

    public long Id(int row) => ids.Values[row]!.Value;

    public long Label(int row) => labels.Values[row]!.Value;

    /// <summary>Bytes of a blob that was read; see <see cref="ShardSchema.IndexOf"/>. They are compared with their checksum at every call.</summary>
    /// <exception cref="DamagedShardException">They are not what was written.</exception>
    public ReadOnlySpan<byte> Blob(int index, int row)
    {
        var bytes = blobs[index]!.Values[row].Span;
        return RowChecksum.OfBlob(bytes) == Checksum(row, index + 1)
            ? bytes
            : throw Damaged(row, $"(sample {Id(row)}, {keys.Values[row]}): the checksum of {shard.Schema.Blobs[index].Name} is wrong");
    }

    public LatentSample Sample(int row) => new(
        Id(row), keys.Values[row]!, Label(row), splits.Values[row]!, (int)heights.Values[row]!, (int)widths.Values[row]!,
        [.. blobs.Select((blob, index) => blob is null ? [] : Blob(index, row).ToArray())]);

    internal ReadOnlyMemory<byte> Checksums(int row) => checksums.Values[row];

    void CheckFields(int row)
    {
        if (checksums.Values[row].Length != 4 * (1 + blobs.Length)) throw Damaged(row, "has no checksums");
        if (ids.Values[row] is not { } id || labels.Values[row] is not { } label || heights.Values[row] is not { } height
            || widths.Values[row] is not { } width || keys.Values[row] is not { } key || splits.Values[row] is not { } split)
            throw Damaged(row, "has a missing field");
        if (RowChecksum.OfFields(id, key, label, split, (int)height, (int)width) != Checksum(row, 0)) throw Damaged(row, $"(sample {id}): the checksum of its fields is wrong");
    }

    uint Checksum(int row, int place) => BinaryPrimitives.ReadUInt32LittleEndian(checksums.Values[row].Span[(4 * place)..]);

    DamagedShardException Damaged(int row, string what) => new(shard.Path, $"row group {group}, row {row} {what}");
}
