namespace Flow.Storage.Files;

/// <summary>No room was left for a file (or the quota was used up). Nothing of it was kept.</summary>
public sealed class DiskFullException(string path, Exception cause)
    : IOException($"{path} could not be written: the disk is full{Left(path)}. Make room or name a folder on another disk; what is finished is kept, and the same command goes on from there", cause)
{
    const int NoSpace = 28, QuotaUsed = 122; // ENOSPC, EDQUOT

    /// <summary>Whether a failed write failed for want of room. DuckDB tells it in words only.</summary>
    internal static bool Is(IOException failure) =>
        failure.HResult is NoSpace or QuotaUsed
        || failure.Message.Contains("No space left on device", StringComparison.Ordinal) || failure.Message.Contains("Disk quota exceeded", StringComparison.Ordinal);

    static string Left(string path)
    {
        try
        {
            return $" ({new DriveInfo(Path.GetDirectoryName(Path.GetFullPath(path))!).AvailableFreeSpace} bytes left)";
        }
        catch (Exception unknown) when (unknown is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return "";
        }
    }
}
