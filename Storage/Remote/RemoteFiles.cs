using System.Text;
using Flow.Storage.Shards;

namespace Flow.Storage.Remote;

/// <summary>A dataset in a remote store. Shards come through the cache and are compared with the index when they arrive.</summary>
/// <param name="indexFolder">A folder with the index as it was when the dataset was taken into use; none to ask the store for it.</param>
public sealed class RemoteFiles(Download download, ShardCache cache, string? indexFolder = null) : DatasetFiles
{
    /// <summary>Of an index or a codec; they are read as a whole.</summary>
    const long MostBytes = 256 << 20;

    public override string Place => download.Folder.Address;

    public override DatasetIndex Index(CancellationToken cancel = default)
    {
        if (indexFolder is not null) return DatasetIndex.Load(indexFolder);
        try
        {
            return DatasetIndex.Parse(download.Folder.Describe(DatasetIndex.FileName), Encoding.UTF8.GetString(Beside(DatasetIndex.FileName, cancel)));
        }
        catch (DamagedShardException damaged)
        {
            throw new RemoteStoreException($"{damaged.Path} is damaged: {damaged.What}. Copy the data set there again, index.json last", damaged);
        }
        catch (FileNotFoundException missing)
        {
            throw new FileNotFoundException($"{Place} holds no finished dataset: {missing.Message}", missing);
        }
    }

    public override T Read<T>(ShardEntry shard, Func<ShardReader, T> read, CancellationToken cancel = default) =>
        Wait(cache.Read(shard, (stream, stop) => download.Complete(shard.File, stream, shard.Bytes, shard.Sha256, stop), read, cancel));

    public override DatasetFiles Afresh(string temporary) => new RemoteFiles(download, new ShardCache(temporary, long.MaxValue), indexFolder);

    public override byte[] Beside(string file, CancellationToken cancel = default)
    {
        try
        {
            return Wait(download.Whole(file, MostBytes, cancel));
        }
        catch (NotInStoreException missing)
        {
            throw new FileNotFoundException(missing.Message, missing);
        }
    }

    /// <summary>The readers of shards are blocks of a graph or a step's own thread, which have nothing else to do.</summary>
    static T Wait<T>(Task<T> task) => task.GetAwaiter().GetResult();
}
