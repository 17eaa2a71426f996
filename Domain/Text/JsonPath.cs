using System.Globalization;
using LanguageExt;
using static LanguageExt.Prelude;

namespace Flow.Domain.Text;

/// <summary>Dotted paths into a JSON value, such as <c>stages[0].train.optim.lr</c>: how axes and scales name what they change.</summary>
public static class JsonPath
{
    public static string Join(string parent, string name) => parent.Length == 0 ? name : $"{parent}.{name}";

    /// <summary>The value at <paramref name="path"/>, if there is one.</summary>
    public static Option<Json> Get(Json json, string path) =>
        Parts(path).Fold(Some(json), (at, part) => at.Bind(value => Child(value, part)));

    /// <summary>
    /// The same value with <paramref name="value"/> at <paramref name="path"/>. Missing fields of objects are made; an element of a list
    /// must be there, or be the next one.
    /// </summary>
    public static Either<string, Json> Set(Json json, string path, Json value) => SetParts(json, Parts(path), value);

    static Either<string, Json> SetParts(Json json, Seq<string> parts, Json value)
    {
        if (parts.IsEmpty) return Right<string, Json>(value);
        var (head, tail) = (parts.Head, parts.Tail);
        return json switch
        {
            Json.Object o when !IsIndex(head, out _) =>
                SetParts(o.Find(head).IfNone(Json.Of()), tail, value).Map(child => (Json)o.With(head, child)),
            Json.List list when IsIndex(head, out var i) && i <= list.Items.Count =>
                SetParts(i < list.Items.Count ? list.Items[i] : Json.Of(), tail, value).Map(child => (Json)Replace(list, i, child)),
            Json.List list when IsIndex(head, out var i) =>
                Left<string, Json>($"there is no element [{i}]: the list has {list.Items.Count}"),
            _ => Left<string, Json>($"'{head}' is not inside {json}"),
        };
    }

    static Json.List Replace(Json.List list, int index, Json child) =>
        Json.ListOf(list.Items.Take(index).Add(child).Concat(list.Items.Skip(index + 1)));

    static Option<Json> Child(Json json, string part) => json switch
    {
        Json.Object o => o.Find(part),
        Json.List list when IsIndex(part, out var i) && i < list.Items.Count => Some(list.Items[i]),
        _ => None,
    };

    static bool IsIndex(string part, out int index)
    {
        index = 0;
        return part.StartsWith('[') && int.TryParse(part.AsSpan(1, part.Length - 2), NumberStyles.None, CultureInfo.InvariantCulture, out index);
    }

    /// <summary>"a[0].b" is "a", "[0]", "b".</summary>
    static Seq<string> Parts(string path) =>
        path.Replace("[", ".[", StringComparison.Ordinal).Split('.', StringSplitOptions.RemoveEmptyEntries).ToSeq().Strict();
}
