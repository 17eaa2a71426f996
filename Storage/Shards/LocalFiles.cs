using System.Collections.Concurrent;

namespace Flow.Storage.Shards;

/// <summary>A dataset in a folder of this machine. Each shard is compared with the index when it is first read.</summary>
/// <param name="indexFolder">Where the index is, if not beside the shards.</param>
sealed class LocalFiles(string folder, string? indexFolder = null) : DatasetFiles
{
    readonly ConcurrentDictionary<string, Lazy<ShardReader>> readers = new();

    public override string Place => folder;

    public override DatasetIndex Index(CancellationToken cancel = default) => DatasetIndex.Load(indexFolder ?? folder);

    public override T Read<T>(ShardEntry shard, Func<ShardReader, T> read, CancellationToken cancel = default) =>
        read(readers.GetOrAdd(shard.File, _ => new Lazy<ShardReader>(() => ShardReader.Open(folder, shard))).Value);

    public override byte[] Beside(string file, CancellationToken cancel = default) => File.ReadAllBytes(Path.Combine(folder, file));

    public override DatasetFiles Afresh(string temporary) => new LocalFiles(folder, indexFolder);
}
