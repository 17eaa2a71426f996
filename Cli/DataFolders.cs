using Flow.Domain;
using Flow.Storage.Remote;
using Flow.Storage.Shards;
using Flow.Storage.Steps;

namespace Flow.Cli;

/// <summary>Data sets that a person can name: the store's finished ingest steps, or a folder that `flow ingest` wrote.</summary>
public static class DataFolders
{
    const int Shortest = 6;

    /// <summary>Name and folder of every finished data set of a store.</summary>
    public static IReadOnlyList<(string Name, string Folder)> In(string store)
    {
        var steps = new StepStore(store);
        return [.. steps.Finished().Select(name => (name, Folder: steps.Open(name))).Where(step => File.Exists(Path.Combine(step.Folder, DatasetIndex.FileName)))];
    }

    /// <summary>The folder of a data set that is a path or an address of a remote store, or the first digits (six or more) of a step's name.</summary>
    /// <exception cref="BadInputException">It is neither, or digits of several.</exception>
    public static string Find(string store, string named)
    {
        if (RemoteFolder.IsAddress(named)) return Checked(named);
        if (Directory.Exists(named)) return Path.GetFullPath(named);
        var all = In(store);
        var found = named.Length < Shortest ? [] : all.Where(data => data.Name.StartsWith(named, StringComparison.Ordinal)).ToList();
        return found.Count switch
        {
            1 => found[0].Folder,
            0 => throw new BadInputException(
                $"'{named}' is neither a folder nor the first {Shortest} digits or more of a data set of {store}: {(all.Count == 0 ? "it has none; run a study or flow ingest first" : "`flow data ls` shows them")}"),
            _ => throw new BadInputException($"'{named}' begins the names of {found.Count} data sets: give more digits"),
        };
    }

    static string Checked(string address)
    {
        try
        {
            RemoteFolder.At(address);
            return address;
        }
        catch (RemoteStoreException wrong)
        {
            throw new BadInputException(wrong.Message);
        }
    }
}
