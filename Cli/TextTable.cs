namespace Flow.Cli;

/// <summary>Columns of text for a terminal or a pipe: the first left-aligned, the others right-aligned, two blanks between.</summary>
public static class TextTable
{
    public static string Of(IReadOnlyList<string> head, IEnumerable<IReadOnlyList<string>> rows)
    {
        var all = rows.Prepend(head).ToList();
        var widths = Enumerable.Range(0, head.Count).Select(c => all.Max(row => row[c].Length)).ToArray();
        return string.Join(Environment.NewLine, all.Select(row => string.Join("  ",
            row.Select((cell, c) => c == 0 ? cell.PadRight(widths[c]) : cell.PadLeft(widths[c]))).TrimEnd()));
    }
}
