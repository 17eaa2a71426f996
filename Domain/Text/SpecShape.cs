using System.Collections.Concurrent;
using System.Reflection;
using LanguageExt;

namespace Flow.Domain.Text;

/// <summary>
/// How a record maps to JSON: one field per parameter of its primary constructor, in camel case; a union (an abstract record with
/// nested cases) is an object whose field "kind" names the case in kebab case.
/// </summary>
static class SpecShape
{
    static readonly ConcurrentDictionary<Type, ParameterInfo[]> Known = new();

    /// <summary>Parameters of the primary constructor: the longest one that is not the copy constructor.</summary>
    public static ParameterInfo[] Parameters(Type record) => Known.GetOrAdd(record, type => type.GetConstructors()
        .Select(constructor => constructor.GetParameters())
        .Where(parameters => parameters is not [{ } only] || only.ParameterType != type)
        .MaxBy(parameters => parameters.Length) ?? []);

    public static string FieldName(ParameterInfo parameter) => Spelling.Camel(parameter.Name!);

    public static bool IsUnhashed(ParameterInfo parameter) => parameter.IsDefined(typeof(UnhashedAttribute));

    public static bool IsUnion(Type type) => type is { IsClass: true, IsAbstract: true } && Cases(type).Any();

    public static IEnumerable<Type> Cases(Type union) => union.GetNestedTypes().Where(nested => nested.BaseType == union);

    public static string CaseName(Type unionCase) => Spelling.Kebab(unionCase.Name);

    public static bool Is(Type type, Type generic) => type.IsGenericType && type.GetGenericTypeDefinition() == generic;

    /// <summary>The value of a parameter that is not given; only for parameters that have one.</summary>
    public static object? Default(ParameterInfo parameter)
    {
        if (parameter.DefaultValue is null or DBNull)
            return parameter.ParameterType.IsValueType ? Activator.CreateInstance(parameter.ParameterType) : null;
        return parameter.ParameterType.IsEnum
            ? Enum.ToObject(parameter.ParameterType, parameter.DefaultValue)
            : parameter.DefaultValue;
    }

    /// <summary>The values inside an Option or a Seq, without knowing its type.</summary>
    public static IEnumerable<object> Inside(object collection) => ((System.Collections.IEnumerable)collection).Cast<object>();

    /// <summary>A type as a person would say it.</summary>
    public static string Say(Type type)
    {
        if (type == typeof(int) || type == typeof(long)) return "a whole number";
        if (type == typeof(double)) return "a number";
        if (type == typeof(bool)) return "true or false";
        if (type == typeof(string)) return "a text";
        if (Is(type, typeof(Seq<>))) return "a list";
        return "an object";
    }
}
