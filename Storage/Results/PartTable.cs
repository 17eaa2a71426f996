using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Flow.Storage.Engines;
using Flow.Storage.Files;

namespace Flow.Storage.Results;

/// <summary>
/// A table that only grows: a folder of Parquet parts, each written once and never changed, so that any number of processes may append
/// and read without a lock. Compaction merges parts into one; a manifest, replaced in one rename, says which parts the merged file stands for.
/// </summary>
sealed class PartTable(string folder)
{
    sealed record Manifest(string? Merged, IReadOnlyList<string> Replaced);

    const string MergedPrefix = "merged-";
    readonly string manifestPath = Path.Combine(folder, "manifest.json");

    /// <summary>Adds a part. The same identity again is the same part: a retried append doesn't double rows.</summary>
    /// <param name="identity">Text that is equal exactly when the rows are.</param>
    public void Add(string identity, RowGroup rows)
    {
        var path = Path.Combine(folder, $"{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(identity)))[..32]}.parquet");
        if (File.Exists(path) || ReadManifest().Replaced.Contains(Path.GetFileName(path))) return;
        AtomicFile.WriteThrough(path, temporary => Engine.Parquet.Write(
            temporary, [rows], new Dictionary<string, string> { ["schema_version"] = ResultColumns.SchemaVersion }, Compression.Zstd));
    }

    /// <summary>Paths of the files that together are the table.</summary>
    public IReadOnlyList<string> Files()
    {
        var manifest = ReadManifest();
        var merged = manifest.Merged is { } name ? (string[])[Path.Combine(folder, name)] : [];
        return [.. merged, .. Parts().Except(manifest.Replaced).Select(part => Path.Combine(folder, part))];
    }

    /// <summary>Files that a reader has to open.</summary>
    public int Count => Files().Count;

    /// <summary>
    /// Merges all files into one, sorted by step, so that a reader of one step skips the others' rows. The files it replaces stay until the next compaction, for readers that have listed them already.
    /// </summary>
    public void Compact()
    {
        if (!Directory.Exists(folder)) return;
        using var only = new FileStream(Path.Combine(folder, ".compacting"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        var before = ReadManifest();
        foreach (var part in before.Replaced) File.Delete(Path.Combine(folder, part));
        foreach (var merged in Directory.EnumerateFiles(folder, MergedPrefix + "*").Where(path => Path.GetFileName(path) != before.Merged)) File.Delete(merged);
        var files = Files();
        if (files.Count < 2) return;
        var name = $"{MergedPrefix}{Guid.NewGuid():N}.parquet";
        AtomicFile.WriteThrough(Path.Combine(folder, name), temporary => Engine.Sql.Export($"FROM {Scan(files)} ORDER BY step, metric, optimizer_step", temporary));
        var replaced = files.Select(path => Path.GetFileName(path)).Where(part => part != before.Merged).ToArray();
        AtomicFile.WriteText(manifestPath, JsonSerializer.Serialize(new Manifest(name, replaced)));
    }

    /// <summary>The table function call that reads files whose columns may differ by version.</summary>
    public static string Scan(IReadOnlyList<string> files) =>
        $"read_parquet([{string.Join(", ", files.Select(path => $"'{path.Replace("'", "''", StringComparison.Ordinal)}'"))}], union_by_name = true)";

    IEnumerable<string> Parts() => Directory.Exists(folder)
        ? Directory.EnumerateFiles(folder, "*.parquet").Select(path => Path.GetFileName(path))
            .Where(name => name[0] != '.' && !name.StartsWith(MergedPrefix, StringComparison.Ordinal)).Order(StringComparer.Ordinal)
        : [];

    Manifest ReadManifest() => File.Exists(manifestPath)
        ? JsonSerializer.Deserialize<Manifest>(File.ReadAllText(manifestPath)) ?? throw new InvalidDataException($"{manifestPath} is empty")
        : new Manifest(null, []);
}
