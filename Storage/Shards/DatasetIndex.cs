using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Flow.Storage.Files;

namespace Flow.Storage.Shards;

/// <summary>One shard of a dataset.</summary>
/// <param name="File">Name in the dataset's folder.</param>
/// <param name="GroupRows">Rows of each row group.</param>
/// <param name="Bytes">Length of the file.</param>
/// <param name="Sha256">Of the file's bytes.</param>
/// <param name="Content">SHA-256 of the rows' ids and checksums: the same for the same samples, whichever engine wrote the file.</param>
public sealed record ShardEntry(string File, IReadOnlyList<int> GroupRows, long Bytes, string Sha256, string Content, long FirstId, long LastId)
{
    public long Rows => GroupRows.Sum(rows => (long)rows);
}

/// <summary>
/// The table of contents of a dataset's folder, <c>index.json</c>, written last: without it the dataset is not there.
/// </summary>
/// <param name="Labels">Samples per label.</param>
/// <param name="Splits">Samples per split.</param>
/// <param name="Ledger">Of all sample ids: what one epoch must add up to.</param>
/// <param name="DatasetHash">Names the content and its division into shards and row groups; the order of the stream is a function of it.</param>
/// <param name="IndexHash">SHA-256 of everything else in the index.</param>
public sealed record DatasetIndex(
    int Version,
    ShardSchema Schema,
    long Samples,
    IReadOnlyDictionary<string, long> Labels,
    IReadOnlyDictionary<string, long> Splits,
    IReadOnlyList<ShardEntry> Shards,
    SampleLedger Ledger,
    string DatasetHash,
    string IndexHash)
{
    public const string FileName = "index.json";

    /// <summary>Reads and checks the index of a dataset's folder.</summary>
    /// <exception cref="FileNotFoundException">The dataset was never finished.</exception>
    /// <exception cref="DamagedShardException">The index is not what was written.</exception>
    public static DatasetIndex Load(string folder)
    {
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path)) throw new FileNotFoundException($"{folder} holds no finished dataset: there is no {FileName}. Run the ingest again", path);
        return Parse(path, File.ReadAllText(path));
    }

    /// <summary>Checks the text of an index.</summary>
    /// <param name="path">What messages call it.</param>
    internal static DatasetIndex Parse(string path, string text)
    {
        try
        {
            var index = JsonSerializer.Deserialize<DatasetIndex>(text, ShardFormat.Json)
                ?? throw new DamagedShardException(path, "it is empty");
            if (index.Version != ShardSchema.Version)
                throw new InvalidDataException($"{path} has version {index.Version}; this program reads version {ShardSchema.Version}: ingest the dataset again");
            // To the letter: JSON has many spellings of one value, and a flipped bit may be one of them.
            return index.IndexHash == index.OwnHash() && index.Text() == text ? index : throw new DamagedShardException(path, "its hash does not fit");
        }
        catch (Exception failure) when (failure is JsonException or NullReferenceException)
        {
            throw new DamagedShardException(path, failure.Message, failure);
        }
    }

    internal void Save(string folder) => AtomicFile.WriteText(Path.Combine(folder, FileName), Text());

    internal static DatasetIndex Create(
        ShardSchema schema, IReadOnlyDictionary<string, long> labels, IReadOnlyDictionary<string, long> splits, IReadOnlyList<ShardEntry> shards, SampleLedger ledger)
    {
        var content = ShardFormat.Canonical(schema)
            + string.Concat(shards.Select(shard => $"\n{shard.Content} {string.Join(',', shard.GroupRows)}"));
        var index = new DatasetIndex(ShardSchema.Version, schema, ledger.Count, labels, splits, shards, ledger, Hash(content), "");
        return index with { IndexHash = index.OwnHash() };
    }

    string Text() => JsonSerializer.Serialize(this, ShardFormat.Json);

    string OwnHash() => Hash((this with { IndexHash = "" }).Text());

    static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
