using System.Text.Json;
using System.Text.RegularExpressions;
using Flow.Domain;
using Flow.Storage.Files;

namespace Flow.Storage.Results;

/// <summary>A query that somebody wants to ask again.</summary>
public sealed record SavedQuery(string Name, string Sql);

/// <summary>The saved queries of a store: <c>queries/NAME.json</c>, one file each, replaced whole.</summary>
public sealed partial class SavedQueries(string root)
{
    const int LongestSql = 20_000;

    readonly string folder = Path.Combine(root, "queries");

    /// <summary>Sorted by name.</summary>
    public IReadOnlyList<SavedQuery> All() => Directory.Exists(folder)
        ? [.. Directory.EnumerateFiles(folder, "*.json").Select(path => JsonSerializer.Deserialize<SavedQuery>(File.ReadAllText(path))!).OrderBy(query => query.Name, StringComparer.Ordinal)]
        : [];

    /// <exception cref="BadInputException">The name is not one of a file, or the query is empty or too long.</exception>
    public void Save(SavedQuery query)
    {
        if (query.Sql.Trim().Length is 0 or > LongestSql) throw new BadInputException($"the query has {query.Sql.Trim().Length} characters: give 1 to {LongestSql}");
        AtomicFile.WriteText(PathOf(query.Name), JsonSerializer.Serialize(query));
    }

    /// <returns>False when there was none.</returns>
    public bool Forget(string name)
    {
        var path = PathOf(name);
        var there = File.Exists(path);
        File.Delete(path);
        return there;
    }

    string PathOf(string name) => PlainName().IsMatch(name)
        ? Path.Combine(folder, name + ".json")
        : throw new BadInputException($"'{name}' can't name a query: give 1 to 60 letters, digits, blanks, dots, underscores or hyphens, beginning with a letter or digit");

    [GeneratedRegex("^[A-Za-z0-9][A-Za-z0-9 ._-]{0,59}$")]
    private static partial Regex PlainName();
}
