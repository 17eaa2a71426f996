using Flow.Domain.Text;
using LanguageExt;

namespace Flow.Domain.Drawing;

/// <summary>A field in which several specs differ.</summary>
/// <param name="Values">Of each spec, in their order; None where it has no such field, which means its default.</param>
public sealed record DifferingField(string Path, Seq<Option<string>> Values)
{
    /// <summary>All fields that are not the same everywhere, by path.</summary>
    public static Seq<DifferingField> Of(Seq<Json> specs)
    {
        var fields = specs.Map(spec => Leaves("", spec).ToDictionary(leaf => leaf.Path, leaf => leaf.Value)).ToList();
        return fields.SelectMany(spec => spec.Keys).Distinct().Order(StringComparer.Ordinal)
            .Select(path => new DifferingField(path, fields.Select(spec => spec.TryGetValue(path, out var value) ? value : Option<string>.None).ToSeq().Strict()))
            .Where(field => field.Values.Distinct().Count() > 1)
            .ToSeq().Strict();
    }

    static IEnumerable<(string Path, string Value)> Leaves(string path, Json value) => value switch
    {
        Json.Object fields => fields.Fields.SelectMany(field => Leaves(JsonPath.Join(path, field.Name), field.Value)),
        Json.List list => list.Items.SelectMany((item, i) => Leaves($"{path}[{i}]", item)),
        Json.Text text => [(path, text.Value)],
        _ => [(path, value.ToString())],
    };
}
