using System.Text.Json;
using Flow.Storage.Files;
using Flow.Storage.Shards;

namespace Flow.Storage.Remote;

/// <summary>
/// Says, in a folder that holds the index of a dataset and no shards, where the shards are: <c>origin.json</c>. The index is a copy from
/// the moment the dataset was taken into use, so a store that changes afterwards is found out by the hashes.
/// </summary>
/// <param name="Address">Of the remote folder, or the path of one on this machine.</param>
public sealed record Origin(string Address)
{
    const string FileName = "origin.json";

    /// <summary>Takes a dataset into use in a folder: its index, and where it is.</summary>
    public void Save(string folder, DatasetIndex index)
    {
        AtomicFile.WriteText(Path.Combine(folder, FileName), JsonSerializer.Serialize(this));
        index.Save(folder);
    }

    /// <summary>The origin that a folder names; none for shards of its own.</summary>
    public static Origin? Of(string folder)
    {
        var path = Path.Combine(folder, FileName);
        return File.Exists(path) ? JsonSerializer.Deserialize<Origin>(File.ReadAllText(path)) : null;
    }
}
