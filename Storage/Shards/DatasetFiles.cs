using Flow.Storage.Remote;

namespace Flow.Storage.Shards;

/// <summary>Where a finished dataset's files are: a folder on this machine, or a remote one that is read through a cache. For many threads.</summary>
public abstract class DatasetFiles
{
    /// <summary>The folder, or the address, for people.</summary>
    public abstract string Place { get; }

    /// <summary>Reads and checks the index.</summary>
    /// <exception cref="FileNotFoundException">There is no finished dataset.</exception>
    /// <exception cref="DamagedShardException">The index is not what was written.</exception>
    public abstract DatasetIndex Index(CancellationToken cancel = default);

    /// <summary>Reads of a shard, which is compared with the index before anything reads it.</summary>
    /// <exception cref="DamagedShardException">The shard is not what was written.</exception>
    public abstract T Read<T>(ShardEntry shard, Func<ShardReader, T> read, CancellationToken cancel = default);

    /// <summary>A small file that lies beside the shards, e.g. the codec's.</summary>
    /// <exception cref="FileNotFoundException">There is none.</exception>
    public abstract byte[] Beside(string file, CancellationToken cancel = default);

    /// <summary>The same files as they are now, past every copy and every earlier look: for verifying.</summary>
    /// <param name="temporary">An empty folder for copies.</param>
    public abstract DatasetFiles Afresh(string temporary);

    /// <summary>A folder of shards, a folder that says where the shards stayed (see <see cref="Origin"/>), or the address of one.</summary>
    /// <exception cref="RemoteStoreException">The address is none.</exception>
    public static DatasetFiles At(string place)
    {
        var origin = RemoteFolder.IsAddress(place) ? null : Origin.Of(place);
        var address = origin?.Address ?? place;
        var index = origin is null ? null : place;
        return RemoteFolder.IsAddress(address)
            ? new RemoteFiles(new Download(RemoteFolder.At(address), new Patience()), ShardCache.FromEnvironment(), index)
            : new LocalFiles(address, index);
    }
}
