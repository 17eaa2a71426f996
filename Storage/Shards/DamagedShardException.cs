namespace Flow.Storage.Shards;

/// <summary>A shard is not what was written. Nothing of it may be trained on; the remedy is to delete its dataset and ingest again.</summary>
public sealed class DamagedShardException(string path, string what, Exception? cause = null)
    : IOException($"{path} is damaged: {what}. Delete its folder and ingest the dataset again", cause)
{
    /// <summary>The shard.</summary>
    public string Path { get; } = path;

    public string What { get; } = what;
}
