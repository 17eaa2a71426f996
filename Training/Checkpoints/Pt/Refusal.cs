namespace Flow.Training.Checkpoints.Pt;

/// <summary>How a reader says inside itself that a file is not what it claims to be; <see cref="PtFile"/> turns it into a value.</summary>
internal static class Refusal
{
    public static InvalidDataException Damaged(string what) => new(what);
}

/// <summary>
/// The bytes a file may still make us allocate: twenty times its own length and 1 MiB. Weights do not compress that well, and a strided
/// view seldom repeats its storage; a file that asks for more was made to exhaust memory.
/// </summary>
internal sealed class Allowance(long fileLength)
{
    const int Factor = 20;

    long left = Factor * fileLength + (1 << 20);

    public long Take(long bytes)
    {
        if (bytes < 0 || bytes > left) throw Refusal.Damaged($"it would expand to more than {Factor} times its own size");
        left -= bytes;
        return bytes;
    }

    public void Return(long bytes) => left += bytes;
}
