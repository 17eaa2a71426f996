namespace Flow.Storage.Engines;

/// <summary>The answer to a query. Values are null, bool, long, double, decimal, string, byte[] or DateTime (UTC).</summary>
/// <param name="Columns">Names, no two alike.</param>
/// <param name="Truncated">There were more rows than were asked for.</param>
public sealed record QueryTable(IReadOnlyList<string> Columns, IReadOnlyList<object?[]> Rows, bool Truncated)
{
    /// <summary>Names made distinct: the second <c>x</c> is <c>x_1</c>.</summary>
    internal static IReadOnlyList<string> Distinct(IReadOnlyList<string> names)
    {
        var distinct = new List<string>();
        foreach (var name in names)
        {
            var unique = name;
            for (var i = 1; distinct.Contains(unique); i++) unique = $"{name}_{i}";
            distinct.Add(unique);
        }
        return distinct;
    }
}
