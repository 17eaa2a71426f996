using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Flow.Domain.Text;

/// <summary>
/// The one text of a JSON value: fields in ordinal order, no spaces, numbers as the shortest digits that read back to the same double,
/// independent of locale. Identities are hashes of this text.
/// </summary>
public static class CanonicalText
{
    public static string Of(Json json)
    {
        var text = new StringBuilder();
        Write(json, text, indent: -1);
        return text.ToString();
    }

    /// <summary>The same value laid out for people, two spaces an indent.</summary>
    public static string Pretty(Json json)
    {
        var text = new StringBuilder();
        Write(json, text, indent: 0);
        return text.ToString();
    }

    /// <summary>Shortest round-trip digits; -0 is 0, integers have no point.</summary>
    public static string Number(double value) => (value == 0 ? 0 : value).ToString("R", CultureInfo.InvariantCulture);

    static string Quoted(string text) => $"\"{JsonEncodedText.Encode(text, JavaScriptEncoder.UnsafeRelaxedJsonEscaping)}\"";

    static void Write(Json json, StringBuilder text, int indent)
    {
        switch (json)
        {
            case Json.Null: text.Append("null"); break;
            case Json.Bool b: text.Append(b.Value ? "true" : "false"); break;
            case Json.Number n: text.Append(Number(n.Value)); break;
            case Json.Text s: text.Append(Quoted(s.Value)); break;
            case Json.List list: WriteAll('[', ']', list.Items, (item, inner) => Write(item, text, inner), text, indent); break;
            case Json.Object o:
                WriteAll('{', '}', o.Fields, (field, inner) =>
                {
                    text.Append(Quoted(field.Name)).Append(inner < 0 ? ":" : ": ");
                    Write(field.Value, text, inner);
                }, text, indent);
                break;
        }
    }

    static void WriteAll<T>(char open, char close, IEnumerable<T> items, Action<T, int> write, StringBuilder text, int indent)
    {
        text.Append(open);
        var inner = indent < 0 ? -1 : indent + 1;
        var any = false;
        foreach (var item in items)
        {
            if (any) text.Append(',');
            NewLine(text, inner);
            write(item, inner);
            any = true;
        }
        if (any) NewLine(text, indent);
        text.Append(close);
    }

    static void NewLine(StringBuilder text, int indent)
    {
        if (indent >= 0) text.Append('\n').Append(' ', 2 * indent);
    }
}
