using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Flow.Storage.Shards;

namespace Flow.Dataflow.Streaming;

/// <summary>A dataset of a running stream: its index, its shards (each verified when it is first opened), and where each blob goes.</summary>
sealed class StreamDataset
{
    readonly DatasetFiles files;
    readonly (ShardEntry Shard, int Group)[] groups;
    readonly int[] groupRows;
    readonly long key;

    public StreamDataset(string place, bool flip, int conditions)
    {
        files = DatasetFiles.At(place);
        Index = files.Index();
        Layout = BatchLayout.Of(place, Index.Schema, flip, conditions);
        groups = [.. Index.Shards.SelectMany(shard => shard.GroupRows.Select((_, group) => (shard, group)))];
        groupRows = [.. Index.Shards.SelectMany(shard => shard.GroupRows)];
        key = BinaryPrimitives.ReadInt64LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(Index.DatasetHash)));
    }

    public DatasetIndex Index { get; }

    public BatchLayout Layout { get; }

    public EpochOrder Order(int epoch, StreamSpec spec) => new(groupRows, key, spec.Seed, epoch, spec.WindowGroups);

    public ShardColumns Read(int group, CancellationToken cancel)
    {
        var (shard, inShard) = groups[group];
        return files.Read(shard, reader => reader.ReadColumns(inShard, Layout.Blobs), cancel);
    }
}
