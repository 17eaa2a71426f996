using System.Security.Cryptography;

namespace Flow.Storage.Shards;

/// <summary>Reads a whole dataset and says what of it is not what was written.</summary>
public static class DatasetVerifier
{
    /// <summary>One message per damaged or missing file, each naming the file; empty for a sound dataset.</summary>
    /// <param name="place">A folder or an address; see <see cref="DatasetFiles.At"/>. Shards of a remote store are fetched once more.</param>
    public static IReadOnlyList<string> FindDamage(string place, CancellationToken cancel = default)
    {
        var copies = Directory.CreateTempSubdirectory("flow-verify-").FullName;
        try
        {
            var files = DatasetFiles.At(place).Afresh(copies);
            var damage = new List<string>();
            foreach (var entry in files.Index(cancel).Shards)
            {
                if (FindDamage(files, entry, cancel) is { } what) damage.Add(what);
                foreach (var copy in Directory.EnumerateFiles(copies)) File.Delete(copy);
            }
            return damage;
        }
        catch (Exception failure) when (failure is IOException or InvalidDataException)
        {
            return [failure.Message];
        }
        finally
        {
            Directory.Delete(copies, recursive: true);
        }
    }

    static string? FindDamage(DatasetFiles files, ShardEntry entry, CancellationToken cancel)
    {
        try
        {
            return files.Read(entry, reader => FindDamage(reader, entry, cancel), cancel);
        }
        catch (Exception failure) when (failure is IOException or InvalidDataException)
        {
            return failure.Message;
        }
    }

    static string? FindDamage(ShardReader reader, ShardEntry entry, CancellationToken cancel)
    {
        using var content = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (var group = 0; group < reader.GroupRows.Count; group++)
        {
            cancel.ThrowIfCancellationRequested();
            var columns = reader.ReadColumns(group, [.. reader.Schema.Blobs.Select(blob => blob.Name)]);
            for (var row = 0; row < columns.Count; row++) RowChecksum.AddTo(content, columns.Sample(row), columns.Checksums(row).Span);
        }
        return Convert.ToHexStringLower(content.GetHashAndReset()) == entry.Content
            ? null
            : new DamagedShardException(reader.Path, "its rows are not those of the index").Message;
    }
}
