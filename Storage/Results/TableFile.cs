using System.Globalization;
using System.Text;
using Flow.Storage.Engines;

namespace Flow.Storage.Results;

/// <summary>An answer as a file: CSV or Parquet.</summary>
public static class TableFile
{
    /// <summary>RFC 4180 with a line feed; numbers keep every digit. A text that a spreadsheet would run as a formula gets an apostrophe.</summary>
    public static string Csv(QueryTable table)
    {
        var text = new StringBuilder().AppendJoin(',', table.Columns.Select(Quoted)).Append('\n');
        foreach (var row in table.Rows) text.AppendJoin(',', row.Select(value => value is string s ? Quoted(Harmless(s)) : Exact(value))).Append('\n');
        return text.ToString();
    }

    /// <summary>Whole numbers, truth values and times (microseconds since 1970) as 64-bit integers, other numbers as doubles, the rest as text.</summary>
    public static void Parquet(QueryTable table, string path) =>
        Engine.Parquet.Write(path, [new RowGroup([.. table.Columns.Select((name, i) => ColumnOf(name, [.. table.Rows.Select(row => row[i])]))])], new Dictionary<string, string>(), Compression.Zstd);

    static Column ColumnOf(string name, object?[] values)
    {
        var given = values.OfType<object>().ToList();
        if (given.Count > 0 && given.All(value => value is long or bool or DateTime)) return new LongColumn(name, [.. values.Select(Whole)]);
        if (given.Count > 0 && given.All(value => value is long or double or decimal))
            return new DoubleColumn(name, [.. values.Select(value => value is null ? (double?)null : Convert.ToDouble(value, CultureInfo.InvariantCulture))]);
        return new TextColumn(name, [.. values.Select(value => value is null ? null : Exact(value))]);
    }

    static long? Whole(object? value) => value switch
    {
        null => null,
        bool b => b ? 1 : 0,
        DateTime time => (time.Ticks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond,
        _ => (long)value,
    };

    static string Harmless(string text) => text.Length > 0 && "=+-@\t\r".Contains(text[0], StringComparison.Ordinal) ? "'" + text : text;

    static string Quoted(string text) => text.AsSpan().ContainsAny(",\"\n\r") ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;

    static string Exact(object? value) => value switch
    {
        null => "",
        double number => number.ToString("R", CultureInfo.InvariantCulture),
        DateTime time => time.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture),
        byte[] bytes => Convert.ToHexStringLower(bytes),
        IFormattable other => other.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };
}
