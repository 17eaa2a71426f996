using System.Reflection;
using System.Runtime.CompilerServices;
using LanguageExt;
using static LanguageExt.Prelude;

namespace Flow.Domain.Text;

/// <summary>What a field of a form asks for.</summary>
public enum FieldKind
{
    Group,
    Number,
    Whole,
    YesNo,
    Text,
    Choice,

    /// <summary>Anything else, written as JSON: a list of numbers, the values of an axis.</summary>
    Json,
}

/// <summary>One field of a spec as a form shows it.</summary>
/// <param name="Path">Where it stands in the spec, in the spelling of <see cref="SpecError.Path"/>.</param>
/// <param name="Value">What is there now, defaults included; none for an optional field that is not given.</param>
/// <param name="Choices">Of a choice.</param>
/// <param name="Fields">Of a group.</param>
public sealed record FormField(string Path, string Name, FieldKind Kind, Option<Json> Value, bool Optional, Seq<string> Choices, Seq<FormField> Fields);

/// <summary>
/// The form of a spec: all its fields with their types, read off the records themselves, so that a new field of a spec is in the form
/// without a line here. Structure (another axis, another stage) is changed in the text.
/// </summary>
public static class SpecForm
{
    public static FormField Of<T>(T spec) where T : notnull => Field(typeof(T), spec, "", "").IfNone(() => throw new NotSupportedException(typeof(T).Name));

    static Option<FormField> Field(Type type, object? value, string path, string name)
    {
        if (SpecShape.Is(type, typeof(Option<>))) return Optional(type.GenericTypeArguments[0], value, path, name);
        if (Scalar(type) is { } kind) return Leaf(type, kind, value, path, name);
        if (SpecShape.Is(type, typeof(Seq<>))) return List(type.GenericTypeArguments[0], value!, path, name);
        if (SpecShape.Is(type, typeof(HashMap<,>))) return Group(path, name, SpecShape.Inside(value!).Cast<ITuple>()
            .OrderBy(entry => (string)entry[0]!, StringComparer.Ordinal)
            .Select(entry => Field(type.GenericTypeArguments[1], entry[1], JsonPath.Join(path, (string)entry[0]!), (string)entry[0]!)));
        return Record(type, value!, path, name);
    }

    /// <summary>A group that is not given has no fields to show yet; a plain value has an empty one.</summary>
    static Option<FormField> Optional(Type inner, object? value, string path, string name)
    {
        var given = value is null ? null : SpecShape.Inside(value).FirstOrDefault();
        return given is null && Scalar(inner) is null ? None : Field(inner, given, path, name).Map(field => field with { Optional = true });
    }

    static Option<FormField> List(Type item, object list, string path, string name)
    {
        var items = SpecShape.Inside(list).ToList();
        return Scalar(item) is null
            ? Group(path, name, items.Select((value, i) => Field(item, value, $"{path}[{i}]", $"{name} {i + 1}")))
            : new FormField(path, name, FieldKind.Json, Some<Json>(Json.ListOf(items.Select(value => SpecWriter.Write(item, value)))), false, [], []);
    }

    static Option<FormField> Record(Type declared, object value, string path, string name)
    {
        var type = value.GetType();
        var title = declared.IsAbstract ? $"{name}: {SpecShape.CaseName(type)}" : name;
        return Group(path, title, SpecShape.Parameters(type).Select(parameter => Field(
            parameter.ParameterType, type.GetProperty(parameter.Name!, BindingFlags.Public | BindingFlags.Instance)!.GetValue(value), JsonPath.Join(path, SpecShape.FieldName(parameter)), SpecShape.FieldName(parameter))));
    }

    static Option<FormField> Group(string path, string name, IEnumerable<Option<FormField>> fields)
    {
        var shown = fields.Somes().ToArray();
        return shown.Length == 0 && path.Length > 0 ? None : Some(new FormField(path, name, FieldKind.Group, None, false, [], shown.ToSeq()));
    }

    static Option<FormField> Leaf(Type type, FieldKind kind, object? value, string path, string name) => new FormField(
        path, name, kind, value is null ? None : Some(SpecWriter.Write(type, value)), false,
        kind == FieldKind.Choice ? Enum.GetNames(type).Select(Spelling.Kebab).ToArray().ToSeq() : [], []);

    static FieldKind? Scalar(Type type) => type switch
    {
        _ when type == typeof(bool) => FieldKind.YesNo,
        _ when type == typeof(int) || type == typeof(long) => FieldKind.Whole,
        _ when type == typeof(double) => FieldKind.Number,
        _ when type == typeof(string) => FieldKind.Text,
        { IsEnum: true } => FieldKind.Choice,
        _ when typeof(Json).IsAssignableFrom(type) => FieldKind.Json,
        _ => null,
    };
}
