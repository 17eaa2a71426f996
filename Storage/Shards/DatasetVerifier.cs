using System.Security.Cryptography;

namespace Flow.Storage.Shards;

/// <summary>Reads a whole dataset and says what of it is not what was written.</summary>
public static class DatasetVerifier
{
    /// <summary>One message per damaged or missing file, each naming the file; empty for a sound dataset.</summary>
    public static IReadOnlyList<string> FindDamage(string folder, CancellationToken cancel = default)
    {
        DatasetIndex index;
        try
        {
            index = DatasetIndex.Load(folder);
        }
        catch (Exception failure) when (failure is IOException or InvalidDataException)
        {
            return [failure.Message];
        }
        return [.. index.Shards.Select(entry => FindDamage(folder, entry, cancel)).OfType<string>()];
    }

    static string? FindDamage(string folder, ShardEntry entry, CancellationToken cancel)
    {
        try
        {
            var reader = ShardReader.Open(folder, entry);
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
        catch (Exception failure) when (failure is IOException or InvalidDataException)
        {
            return failure.Message;
        }
    }
}
