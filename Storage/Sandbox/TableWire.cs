using System.Globalization;
using System.Text.Json;
using Flow.Storage.Engines;

namespace Flow.Storage.Sandbox;

/// <summary>A column of an answer.</summary>
/// <param name="Type">bool, long, double, decimal, text, bytes or time; text where all values are null.</param>
public sealed record AnswerColumn(string Name, string Type)
{
    /// <summary>One of its values, out of JSON.</summary>
    public object? Read(JsonElement cell) => (cell.ValueKind, Type) switch
    {
        (JsonValueKind.Null, _) => null,
        (_, "bool") => cell.GetBoolean(),
        (_, "long") => cell.GetInt64(),
        (JsonValueKind.String, "double") => double.Parse(cell.GetString()!, CultureInfo.InvariantCulture),
        (_, "double") => cell.GetDouble(),
        (_, "decimal") => cell.GetDecimal(),
        (_, "bytes") => cell.GetBytesFromBase64(),
        (_, "time") => cell.GetDateTime(),
        (JsonValueKind.String, _) => cell.GetString(),
        _ => cell.GetRawText(),
    };
}

/// <summary>An answer on its way between two processes: {"columns", "rows", "truncated"} or {"refused"}.</summary>
static class TableWire
{
    public static void Write(Stream to, QueryTable table, long mostBytes)
    {
        using var json = new Utf8JsonWriter(to);
        json.WriteStartObject();
        json.WriteBoolean("truncated", table.Truncated);
        json.WriteStartArray("columns");
        for (var i = 0; i < table.Columns.Count; i++)
        {
            json.WriteStartArray();
            json.WriteStringValue(table.Columns[i]);
            json.WriteStringValue(TypeOf(table, i));
            json.WriteEndArray();
        }
        json.WriteEndArray();
        json.WriteStartArray("rows");
        foreach (var row in table.Rows)
        {
            json.WriteStartArray();
            foreach (var value in row) WriteCell(json, value);
            json.WriteEndArray();
            if (json.BytesCommitted + json.BytesPending > mostBytes) throw new SqlException($"the answer is larger than {mostBytes >> 20} MB: ask for fewer rows or columns");
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    public static void WriteRefusal(Stream to, string message)
    {
        using var json = new Utf8JsonWriter(to);
        json.WriteStartObject();
        json.WriteString("refused", message);
        json.WriteEndObject();
    }

    /// <exception cref="SqlException">The answer is a refusal.</exception>
    public static (IReadOnlyList<AnswerColumn> Columns, QueryTable Table) Read(JsonElement answer)
    {
        if (answer.TryGetProperty("refused", out var refused)) throw new SqlException(refused.GetString()!);
        AnswerColumn[] columns = [.. answer.GetProperty("columns").EnumerateArray().Select(column => new AnswerColumn(column[0].GetString()!, column[1].GetString()!))];
        var rows = answer.GetProperty("rows").EnumerateArray().Select(row => row.EnumerateArray().Select((cell, i) => columns[i].Read(cell)).ToArray()).ToList();
        return (columns, new QueryTable([.. columns.Select(column => column.Name)], rows, answer.GetProperty("truncated").GetBoolean()));
    }

    /// <summary>Sums of whole numbers may be long in one row and double in the next: then all are double.</summary>
    static string TypeOf(QueryTable table, int column)
    {
        string[] kinds = [.. table.Rows.Select(row => row[column]).OfType<object>().Select(Kind).Distinct()];
        return kinds switch
        {
            [] => "text",
            [var only] => only,
            _ when kinds.All(kind => kind is "long" or "double" or "decimal") => "double",
            _ => "text",
        };
    }

    static string Kind(object value) => value switch
    {
        bool => "bool",
        long => "long",
        double => "double",
        decimal => "decimal",
        byte[] => "bytes",
        DateTime => "time",
        _ => "text",
    };

    static void WriteCell(Utf8JsonWriter json, object? value)
    {
        switch (value)
        {
            case null: json.WriteNullValue(); break;
            case bool b: json.WriteBooleanValue(b); break;
            case long n: json.WriteNumberValue(n); break;
            case double d when double.IsFinite(d): json.WriteNumberValue(d); break;
            case decimal m: json.WriteNumberValue(m); break;
            case byte[] bytes: json.WriteBase64StringValue(bytes); break;
            case DateTime time: json.WriteStringValue(time); break;
            default: json.WriteStringValue(Convert.ToString(value, CultureInfo.InvariantCulture)); break;
        }
    }
}
