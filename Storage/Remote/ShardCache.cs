using System.Collections.Concurrent;
using System.Globalization;
using Flow.Storage.Shards;

namespace Flow.Storage.Remote;

/// <summary>
/// Copies of remote shards on this machine, named by their SHA-256 and bounded in bytes: the ones used longest ago make room for new ones,
/// those being read stay. A shard appears in one rename after its hash was checked; a download that was cut off waits as NAME.partial and
/// is taken up again, by this process or another. Several processes may share a folder; the bound is then exceeded by at most what each
/// of them has in flight. The place of a shard that went while batches of it were still used is free when they are gone.
/// </summary>
public sealed class ShardCache(string folder, long maxBytes)
{
    const string Suffix = ".parquet", PartialSuffix = ".partial";

    static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(100), Forgotten = TimeSpan.FromHours(1);

    static readonly ConcurrentDictionary<(string Folder, long MaxBytes), ShardCache> Shared = new();

    readonly Lock gate = new();
    readonly Dictionary<string, int> users = [];
    readonly ConcurrentDictionary<string, SemaphoreSlim> arrivals = new();
    readonly ConcurrentDictionary<string, ShardReader> readers = new();
    long arriving;

    public string Folder => folder;

    /// <summary>FLOW_CACHE (default: flow/shards in XDG_CACHE_HOME or ~/.cache) holding at most FLOW_CACHE_BYTES (default 64 GB).</summary>
    /// <exception cref="RemoteStoreException">FLOW_CACHE_BYTES is no size.</exception>
    public static ShardCache FromEnvironment() => Shared.GetOrAdd((DefaultFolder(), Bytes(Variable("FLOW_CACHE_BYTES") ?? "64GB")), place => new ShardCache(place.Folder, place.MaxBytes));

    static string DefaultFolder() => Variable("FLOW_CACHE") is { } named ? Path.GetFullPath(named) : Path.Combine(
        Variable("XDG_CACHE_HOME") ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache"), "flow", "shards");

    /// <summary>Reads of a shard, which is fetched first if it isn't here.</summary>
    /// <param name="fetch">Completes the stream, which may hold the beginning already, to the shard's bytes.</param>
    /// <exception cref="RemoteStoreException">The shard is larger than the cache, or could not be fetched.</exception>
    public async Task<T> Read<T>(ShardEntry shard, Func<Stream, CancellationToken, Task> fetch, Func<ShardReader, T> read, CancellationToken cancel)
    {
        var name = shard.Sha256 + Suffix;
        Pin(name, 1);
        try
        {
            for (var attempt = 0; ; attempt++)
            {
                var reader = await Open(name, shard, fetch, cancel).ConfigureAwait(false);
                try
                {
                    return read(reader);
                }
                catch (FileNotFoundException) when (attempt < 3)
                {
                    readers.TryRemove(name, out _); // another process needed the room just now
                }
            }
        }
        finally
        {
            Pin(name, -1);
        }
    }

    async Task<ShardReader> Open(string name, ShardEntry shard, Func<Stream, CancellationToken, Task> fetch, CancellationToken cancel)
    {
        var path = Path.Combine(folder, name);
        var arrival = arrivals.GetOrAdd(name, _ => new SemaphoreSlim(1));
        await arrival.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            if (readers.TryGetValue(name, out var reader) && Touch(path)) return reader;
            if (!IsSound(path, shard)) await Arrive(path, shard, fetch, cancel).ConfigureAwait(false);
            return readers[name] = ShardReader.Open(path);
        }
        finally
        {
            arrival.Release();
        }
    }

    /// <summary>A copy of an earlier process may have been damaged since: it is compared with its name before it is used.</summary>
    static bool IsSound(string path, ShardEntry shard)
    {
        if (!Touch(path)) return false;
        try
        {
            ShardReader.CheckFile(path, shard);
            return true;
        }
        catch (DamagedShardException)
        {
            File.Delete(path);
            return false;
        }
    }

    async Task Arrive(string path, ShardEntry shard, Func<Stream, CancellationToken, Task> fetch, CancellationToken cancel)
    {
        Directory.CreateDirectory(folder);
        await MakeRoom(shard, cancel).ConfigureAwait(false);
        var partial = path + PartialSuffix;
        try
        {
            await using var stream = await OpenAlone(partial, cancel).ConfigureAwait(false);
            if (File.Exists(path))
            {
                File.Delete(partial); // the other process had fetched it
                return;
            }
            await fetch(stream, cancel).ConfigureAwait(false);
            stream.Flush(flushToDisk: true);
            Files.Durable.Rename(partial, path);
        }
        catch (IOException full) when (Files.DiskFullException.Is(full))
        {
            File.Delete(partial);
            throw new Files.DiskFullException(path, full);
        }
        finally
        {
            lock (gate) arriving -= shard.Bytes;
        }
    }

    /// <summary>Waits while another process fetches the same shard.</summary>
    static async Task<FileStream> OpenAlone(string partial, CancellationToken cancel)
    {
        while (true)
        {
            try
            {
                return new FileStream(partial, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0, FileOptions.Asynchronous);
            }
            catch (IOException busy) when (busy.HResult == WouldBlock)
            {
                await Task.Delay(Turn, cancel).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Deletes what was used longest ago, and waits when all that is left is being read.</summary>
    async Task MakeRoom(ShardEntry shard, CancellationToken cancel)
    {
        if (shard.Bytes > maxBytes)
            throw new RemoteStoreException($"{shard.File} has {shard.Bytes} bytes, the cache {folder} at most {maxBytes}: set FLOW_CACHE_BYTES to more, best to the size of the data set");
        while (!TryMakeRoom(shard.Bytes)) await Task.Delay(Turn, cancel).ConfigureAwait(false);
    }

    bool TryMakeRoom(long bytes)
    {
        lock (gate)
        {
            // Unfinished downloads of this process count by what they will be.
            var files = new DirectoryInfo(folder).EnumerateFiles()
                .Where(file => file.Name.EndsWith(Suffix, StringComparison.Ordinal) || IsForeign(file)).OrderBy(file => file.LastWriteTimeUtc).ToList();
            var used = files.Sum(file => file.Length) + arriving;
            foreach (var file in files.Where(file => !users.ContainsKey(file.Name) && (!IsForeign(file) || IsForgotten(file))))
            {
                if (used + bytes <= maxBytes) break;
                readers.TryRemove(file.Name, out _);
                used -= file.Length;
                file.Delete();
            }
            if (used + bytes > maxBytes) return false;
            arriving += bytes;
            return true;
        }
    }

    /// <summary>A download of another process, perhaps of one that is gone.</summary>
    bool IsForeign(FileInfo file) => file.Name.EndsWith(PartialSuffix, StringComparison.Ordinal) && !users.ContainsKey(file.Name[..^PartialSuffix.Length]);

    static bool IsForgotten(FileInfo file) => DateTime.UtcNow - file.LastWriteTimeUtc > Forgotten;

    void Pin(string name, int by)
    {
        lock (gate)
        {
            var count = users.GetValueOrDefault(name) + by;
            if (count == 0) users.Remove(name);
            else users[name] = count;
        }
    }

    /// <summary>Marks a file as used now; false when it isn't there.</summary>
    static bool Touch(string path)
    {
        try
        {
            File.SetLastWriteTimeUtc(path, DateTime.UtcNow);
            return true;
        }
        catch (IOException gone) when (gone is FileNotFoundException or DirectoryNotFoundException)
        {
            return false;
        }
    }

    const int WouldBlock = 11; // EWOULDBLOCK: another open file has the lock

    static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;

    static long Bytes(string text)
    {
        var units = new[] { ("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("", 1.0) };
        var (unit, factor) = units.First(unit => text.EndsWith(unit.Item1, StringComparison.OrdinalIgnoreCase));
        return double.TryParse(text[..^unit.Length], NumberStyles.AllowDecimalPoint | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var number) && number > 0
            ? (long)Math.Min(number * factor, long.MaxValue)
            : throw new RemoteStoreException($"FLOW_CACHE_BYTES: '{text}' is no size: write bytes, or for example 50GB");
    }
}
