using LanguageExt;
using static LanguageExt.Prelude;

namespace Flow.Domain.Text;

/// <summary>The spelling of names in JSON, and the nearest known name for a misspelled one.</summary>
public static class Spelling
{
    /// <summary>"FlyingChairs" is "flyingChairs", the spelling of fields.</summary>
    public static string Camel(string name) => char.ToLowerInvariant(name[0]) + name[1..];

    /// <summary>"ImagenetTar" is "imagenet-tar", the spelling of choices.</summary>
    public static string Kebab(string name) =>
        string.Concat(name.Select((c, i) => char.IsUpper(c) && i > 0 ? $"-{char.ToLowerInvariant(c)}" : $"{char.ToLowerInvariant(c)}"));

    /// <summary>The known name at the smallest edit distance, if that is 1, or at most a third of the longer name.</summary>
    public static Option<string> Nearest(string given, IEnumerable<string> known) =>
        known.Select(name => (Name: name, Distance: Distance(given.ToLowerInvariant(), name.ToLowerInvariant())))
            .Where(candidate => candidate.Distance <= Math.Max(1, Math.Max(given.Length, candidate.Name.Length) / 3))
            .OrderBy(candidate => candidate.Distance).ThenBy(candidate => candidate.Name, StringComparer.Ordinal)
            .Select(candidate => Some(candidate.Name)).FirstOrDefault(None);

    /// <summary>"not known; did you mean 'depth'?" or the list of what is.</summary>
    public static string Unknown(string given, IEnumerable<string> known) =>
        Nearest(given, known).Match(
            Some: name => $"not known; did you mean '{name}'?",
            None: () => $"not known; known are {string.Join(", ", known.Order(StringComparer.Ordinal))}");

    /// <summary>Edits from one text to the other, where swapping two neighbours is one (optimal string alignment).</summary>
    static int Distance(string a, string b)
    {
        var table = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
            for (var j = 0; j <= b.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    table[i, j] = i + j;
                    continue;
                }
                var change = table[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                var best = Math.Min(change, Math.Min(table[i - 1, j], table[i, j - 1]) + 1);
                var swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
                table[i, j] = swapped ? Math.Min(best, table[i - 2, j - 2] + 1) : best;
            }
        return table[a.Length, b.Length];
    }
}
