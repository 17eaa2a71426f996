using System.Runtime.CompilerServices;
using LanguageExt;

namespace Flow.Domain.Text;

/// <summary>
/// Writes a spec as JSON. Fields at their default are left out, so that a new option with a default that keeps the old meaning changes
/// no identity; a changed default, on the other hand, needs a higher Revision of the step kinds that read it.
/// </summary>
public static class SpecWriter
{
    /// <summary>The whole spec, as <see cref="SpecReader"/> reads it.</summary>
    public static Json Write<T>(T spec) where T : notnull => Value(typeof(T), spec, meaningOnly: false);

    /// <summary>A part of a spec, as the type that its field declares.</summary>
    internal static Json Write(Type declared, object value) => Value(declared, value, meaningOnly: false);

    /// <summary>Only the fields that carry meaning: what identities are hashes of.</summary>
    public static Json Meaning<T>(T spec) where T : notnull => Value(typeof(T), spec, meaningOnly: true);

    static Json Value(Type type, object value, bool meaningOnly)
    {
        if (value is Json json) return json;
        if (value is bool b) return new Json.Bool(b);
        if (value is string text) return new Json.Text(text);
        if (value is int or long or double) return new Json.Number(Convert.ToDouble(value, System.Globalization.CultureInfo.InvariantCulture) + 0.0);
        if (type.IsEnum) return new Json.Text(Spelling.Kebab(value.ToString()!));
        if (value is Planning.StepId id) return new Json.Text(id.Hex);
        if (SpecShape.Is(type, typeof(Option<>)))
            return SpecShape.Inside(value).Select(inner => Value(type.GenericTypeArguments[0], inner, meaningOnly)).FirstOrDefault(new Json.Null());
        if (SpecShape.Is(type, typeof(Seq<>)))
            return Json.ListOf(SpecShape.Inside(value).Select(item => Value(type.GenericTypeArguments[0], item, meaningOnly)));
        if (SpecShape.Is(type, typeof(HashMap<,>)))
            return Json.Of(SpecShape.Inside(value).Cast<ITuple>().Select(entry =>
                ((string)entry[0]!, Value(type.GenericTypeArguments[1], entry[1]!, meaningOnly))));
        return Record(type, value, meaningOnly);
    }

    static Json.Object Record(Type declared, object record, bool meaningOnly)
    {
        var type = record.GetType();
        var fields =
            from parameter in SpecShape.Parameters(type)
            where !(meaningOnly && SpecShape.IsUnhashed(parameter))
            let value = type.GetProperty(parameter.Name!)!.GetValue(record)!
            where !(parameter.HasDefaultValue && Equals(value, SpecShape.Default(parameter)))
            select (SpecShape.FieldName(parameter), Value(parameter.ParameterType, value, meaningOnly));
        return Json.Of(declared.IsAbstract ? fields.Append(("kind", new Json.Text(SpecShape.CaseName(type)))) : fields);
    }
}
