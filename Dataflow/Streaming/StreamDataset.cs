using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Flow.Storage.Shards;

namespace Flow.Dataflow.Streaming;

/// <summary>A dataset of a running stream: its index, its shards (each verified when it is first opened), and where each blob goes.</summary>
sealed class StreamDataset
{
    readonly string folder;
    readonly ConcurrentDictionary<string, Lazy<ShardReader>> readers = new();
    readonly (ShardEntry Shard, int Group)[] groups;
    readonly int[] groupRows;
    readonly long key;

    public StreamDataset(string folder, bool flip)
    {
        this.folder = folder;
        Index = DatasetIndex.Load(folder);
        Layout = BatchLayout.Of(folder, Index.Schema, flip);
        groups = [.. Index.Shards.SelectMany(shard => shard.GroupRows.Select((_, group) => (shard, group)))];
        groupRows = [.. Index.Shards.SelectMany(shard => shard.GroupRows)];
        key = BinaryPrimitives.ReadInt64LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(Index.DatasetHash)));
    }

    public DatasetIndex Index { get; }

    public BatchLayout Layout { get; }

    public EpochOrder Order(int epoch, StreamSpec spec) => new(groupRows, key, spec.Seed, epoch, spec.WindowGroups);

    public ShardColumns Read(int group)
    {
        var (shard, inShard) = groups[group];
        return readers.GetOrAdd(shard.File, _ => new Lazy<ShardReader>(() => ShardReader.Open(folder, shard))).Value.ReadColumns(inShard, Layout.Blobs);
    }
}
