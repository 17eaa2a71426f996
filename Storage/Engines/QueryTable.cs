namespace Flow.Storage.Engines;

/// <summary>The answer to a query. Values are null, bool, long, double, decimal, string, byte[] or DateTime (UTC).</summary>
/// <param name="Truncated">There were more rows than were asked for.</param>
public sealed record QueryTable(IReadOnlyList<string> Columns, IReadOnlyList<object?[]> Rows, bool Truncated);
