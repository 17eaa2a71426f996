using LanguageExt;

namespace Flow.Domain.Text;

/// <summary>
/// A JSON value that is compared by value. Objects keep their fields in ordinal order of name, so that two texts which differ only in
/// key order, spacing or number format are equal values with one canonical text.
/// </summary>
public abstract record Json
{
    Json() { }

    public sealed record Null : Json;

    public sealed record Bool(bool Value) : Json;

    /// <summary>A finite double; integers are exact up to 2^53.</summary>
    public sealed record Number(double Value) : Json;

    public sealed record Text(string Value) : Json;

    public sealed record List(Seq<Json> Items) : Json;

    /// <summary>Fields in ordinal order of name; built by the functions below.</summary>
    public sealed record Object(Seq<(string Name, Json Value)> Fields) : Json
    {
        public Option<Json> Find(string name) =>
            Fields.Filter(field => field.Name == name).HeadOrNone().Map(field => field.Value);

        /// <summary>The same object with one field added or replaced.</summary>
        public Object With(string name, Json value) =>
            Of(Fields.Filter(field => field.Name != name).Add((name, value)));

        public Object Without(string name) => new(Fields.Filter(field => field.Name != name).Strict());
    }

    public static Object Of(IEnumerable<(string Name, Json Value)> fields) =>
        new(fields.OrderBy(field => field.Name, StringComparer.Ordinal).ToSeq().Strict());

    public static Object Of(params (string Name, Json Value)[] fields) => Of(fields.AsEnumerable());

    public static List ListOf(IEnumerable<Json> items) => new(items.ToSeq().Strict());

    public sealed override string ToString() => CanonicalText.Of(this);
}
