using System.Text.RegularExpressions;

namespace Flow.Storage.Engines;

/// <summary>
/// The first gate before an engine sees a query: some statements act when they are merely prepared (EXPORT DATABASE makes its folder), so
/// what doesn't begin like a question is refused by its first word.
/// </summary>
static partial class SelectOnly
{
    /// <exception cref="SqlException">The statement begins with another word.</exception>
    public static void Check(string sql)
    {
        var first = FirstWord().Match(sql).Groups["word"].Value;
        if (!Questions.Contains(first))
            throw new SqlException(first.Length == 0 ? "there is no statement" : $"only a SELECT is allowed here, and {first.ToUpperInvariant()} begins something else");
    }

    static readonly HashSet<string> Questions = new(["select", "with", "from", "values", "describe", "summarize", "show"], StringComparer.OrdinalIgnoreCase);

    /// <summary>After blanks, comments and opening brackets. DuckDB's comments don't nest.</summary>
    [GeneratedRegex(@"^(\s|\(|--[^\n]*(\n|$)|/\*.*?\*/)*(?<word>[A-Za-z_]*)", RegexOptions.Singleline)]
    private static partial Regex FirstWord();
}
