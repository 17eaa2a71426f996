using System.Reflection;
using LanguageExt;
using static LanguageExt.Prelude;

namespace Flow.Domain.Text;

/// <summary>
/// Reads a spec from JSON and reports every mistake at once: unknown fields with the nearest known name, missing ones, values of the
/// wrong kind. What the values mean is checked afterwards, by the type that survives validation.
/// </summary>
public static class SpecReader
{
    public static Validation<SpecError, T> Read<T>(Json json, string path = "") where T : notnull
    {
        var read = ReadWhatIsThere<T>(json, path);
        return read.Mistakes.IsEmpty
            ? read.Value.Match(Some: Success<SpecError, T>, None: () => throw new InvalidOperationException("a value without mistakes was not read"))
            : Validation<SpecError, T>.Fail(read.Mistakes);
    }

    /// <summary>As much of a spec as can be read beside its mistakes, so that what the rest means can be checked as well.</summary>
    public static PartlyRead<T> ReadWhatIsThere<T>(Json json, string path = "") where T : notnull
    {
        var reading = new Reading();
        var value = reading.Value(typeof(T), json, path);
        return new(value is T whole ? Some(whole) : None, reading.Errors.ToSeq().Strict(), reading.Parts.ToSeq().Strict());
    }

    public static Validation<SpecError, T> Parse<T>(string text) where T : notnull => JsonText.Parse(text).Bind(json => Read<T>(json));

    sealed class Reading
    {
        static readonly MethodInfo SomeOf = typeof(Reading).GetMethod(nameof(MakeSome), BindingFlags.Static | BindingFlags.NonPublic)!;
        static readonly MethodInfo SeqOf = typeof(Reading).GetMethod(nameof(MakeSeq), BindingFlags.Static | BindingFlags.NonPublic)!;
        static readonly MethodInfo MapOf = typeof(Reading).GetMethod(nameof(MakeMap), BindingFlags.Static | BindingFlags.NonPublic)!;

        /// <summary>Stands for a required field that could not be read.</summary>
        static readonly object Unreadable = new();

        public List<SpecError> Errors { get; } = [];

        public List<ReadPart> Parts { get; } = [];

        /// <summary>The value, as far as it can be read, or null; adds to <see cref="Errors"/> what can't.</summary>
        public object? Value(Type type, Json json, string path)
        {
            if (type == typeof(Json)) return json;
            if (SpecShape.Is(type, typeof(Option<>)))
                return json is Json.Null
                    ? Activator.CreateInstance(type)
                    : Wrap(SomeOf, type.GenericTypeArguments[0], Value(type.GenericTypeArguments[0], json, path));
            return NamedValues.Expand(type, json).MatchUnsafe(
                Right: whole => Plain(type, whole, path),
                Left: name => Mistake(path, name, Spelling.Unknown(name, NamedValues.Names(type))));
        }

        object? Plain(Type type, Json json, string path)
        {
            return (json, type) switch
            {
                (Json.Bool b, _) when type == typeof(bool) => b.Value,
                (Json.Text t, _) when type == typeof(string) => t.Value,
                (Json.Number n, _) when type == typeof(double) => n.Value,
                (Json.Number n, _) when type == typeof(int) && IsWhole(n.Value, int.MaxValue) => (int)n.Value,
                (Json.Number n, _) when type == typeof(long) && IsWhole(n.Value, 1L << 53) => (long)n.Value,
                (Json.Text t, { IsEnum: true }) => Choice(type, t.Value, path),
                (Json.List l, _) when SpecShape.Is(type, typeof(Seq<>)) => Items(type.GenericTypeArguments[0], l, path),
                (Json.Object o, _) when SpecShape.Is(type, typeof(HashMap<,>)) => Entries(type.GenericTypeArguments[1], o, path),
                (Json.Object o, _) when SpecShape.IsUnion(type) => Union(type, o, path),
                (Json.Object o, { IsClass: true }) when type != typeof(string) => Record(type, o, path),
                _ => Mistake(path, json.ToString(), $"not {SpecShape.Say(type)}"),
            };
        }

        static bool IsWhole(double value, double limit) => Math.Abs(value) <= limit && Math.Floor(value) == value;

        object? Mistake(string path, string given, string allowed)
        {
            Errors.Add(new SpecError(path.Length == 0 ? "the text" : path, given, allowed));
            return null;
        }

        object? Choice(Type type, string given, string path)
        {
            var names = Enum.GetNames(type).ToDictionary(Spelling.Kebab, StringComparer.Ordinal);
            return names.TryGetValue(given, out var name) ? Enum.Parse(type, name) : Mistake(path, given, Spelling.Unknown(given, names.Keys));
        }

        object? Items(Type item, Json.List list, string path)
        {
            var values = list.Items.Select((json, i) => Value(item, json, $"{path}[{i}]")).ToList();
            return values.Contains(null) ? null : SeqOf.MakeGenericMethod(item).Invoke(null, [values]);
        }

        object? Entries(Type item, Json.Object map, string path)
        {
            var values = map.Fields.Select(field => (field.Name, Value: Value(item, field.Value, JsonPath.Join(path, field.Name)))).ToList();
            return values.Any(entry => entry.Value is null) ? null : MapOf.MakeGenericMethod(item).Invoke(null, [values]);
        }

        object? Union(Type union, Json.Object json, string path)
        {
            var cases = SpecShape.Cases(union).ToDictionary(SpecShape.CaseName, StringComparer.Ordinal);
            var at = JsonPath.Join(path, "kind");
            if (json.Find("kind").IfNone(new Json.Null()) is Json.Text kind)
                return cases.TryGetValue(kind.Value, out var found)
                    ? Record(found, json.Without("kind"), path)
                    : Mistake(at, kind.Value, Spelling.Unknown(kind.Value, cases.Keys));
            return Mistake(at, "nothing", $"not one of {string.Join(", ", cases.Keys.Order(StringComparer.Ordinal))}");
        }

        object? Record(Type type, Json.Object json, string path)
        {
            var parameters = SpecShape.Parameters(type);
            var names = parameters.Select(SpecShape.FieldName).ToList();
            foreach (var (name, value) in json.Fields.Where(field => !names.Contains(field.Name)))
                Mistake(JsonPath.Join(path, name), value.ToString(), Spelling.Unknown(name, names));
            var arguments = parameters.Select(parameter => Argument(parameter, json, path)).ToArray();
            if (arguments.Contains(Unreadable)) return null;
            var record = Activator.CreateInstance(type, arguments)!;
            Parts.Add(new ReadPart(record, path));
            return record;
        }

        object? Argument(ParameterInfo parameter, Json.Object json, string path)
        {
            var name = SpecShape.FieldName(parameter);
            return json.Find(name).MatchUnsafe(
                Some: value => Value(parameter.ParameterType, value, JsonPath.Join(path, name)) ?? Otherwise(parameter),
                None: () => parameter.HasDefaultValue
                    ? SpecShape.Default(parameter)
                    : Mistake(JsonPath.Join(path, name), "nothing", $"missing; give {SpecShape.Say(parameter.ParameterType)}") ?? Unreadable);
        }

        static object? Otherwise(ParameterInfo parameter) => parameter.HasDefaultValue ? SpecShape.Default(parameter) : Unreadable;

        static object? Wrap(MethodInfo make, Type item, object? value) => value is null ? null : make.MakeGenericMethod(item).Invoke(null, [value]);

        static Option<T> MakeSome<T>(T value) => Some(value);

        static Seq<T> MakeSeq<T>(List<object?> values) => values.Cast<T>().ToSeq().Strict();

        static HashMap<string, T> MakeMap<T>(List<(string Name, object? Value)> values) =>
            toHashMap(values.Select(entry => (entry.Name, (T)entry.Value!)));
    }
}
