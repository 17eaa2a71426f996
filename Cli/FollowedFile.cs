using System.Runtime.CompilerServices;

namespace Flow.Cli;

/// <summary>The lines of a file that grows, as they come.</summary>
public static class FollowedFile
{
    static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(500);

    /// <param name="goesOn">Asked when the end is reached; the file is read once more after the first no.</param>
    public static async IAsyncEnumerable<string> Lines(string path, Func<Task<bool>> goesOn, [EnumeratorCancellation] CancellationToken cancel)
    {
        var (at, more) = (0L, true);
        while (true)
        {
            if (File.Exists(path))
            {
                await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
                file.Seek(at, SeekOrigin.Begin);
                using var reader = new StreamReader(file);
                var text = await reader.ReadToEndAsync(cancel);
                var whole = text.LastIndexOf('\n') + 1; // a line that is being written waits
                at += System.Text.Encoding.UTF8.GetByteCount(text.AsSpan(0, whole));
                foreach (var line in text[..whole].Split('\n', StringSplitOptions.RemoveEmptyEntries)) yield return line;
            }
            if (!more) yield break;
            more = await goesOn();
            if (more) await Task.Delay(Poll, cancel);
        }
    }
}
