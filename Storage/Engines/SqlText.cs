namespace Flow.Storage.Engines;

/// <summary>Values inside SQL text.</summary>
public static class SqlText
{
    public static string Quoted(string value) => $"'{value.Replace("'", "''", StringComparison.Ordinal)}'";
}
