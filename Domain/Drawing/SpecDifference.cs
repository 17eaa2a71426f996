using Flow.Domain.Text;
using LanguageExt;
using static LanguageExt.Prelude;

namespace Flow.Domain.Drawing;

/// <summary>A path whose value differs between two specs; None where only the other has it, which means its default.</summary>
public sealed record Difference(string Path, Option<Json> Before, Option<Json> After)
{
    public override string ToString() => $"{Path}: {Say(Before)} -> {Say(After)}";

    static string Say(Option<Json> value) => value.Map(json => json.ToString()).IfNone("default");
}

/// <summary>What differs between two specs, and nothing else.</summary>
public static class SpecDifference
{
    public static Seq<Difference> Of<T>(T before, T after) where T : notnull =>
        Of("", SpecWriter.Write(before), SpecWriter.Write(after)).Strict();

    static Seq<Difference> Of(string path, Option<Json> before, Option<Json> after) =>
        (before.IfNone(new Json.Null()), after.IfNone(new Json.Null())) switch
        {
            var (a, b) when a == b && before.IsSome == after.IsSome => [],
            (Json.Object a, Json.Object b) => Names(a, b).Bind(name => Of(JsonPath.Join(path, name), a.Find(name), b.Find(name))),
            (Json.List a, Json.List b) => Range(0, Math.Max(a.Items.Count, b.Items.Count)).ToSeq()
                .Bind(i => Of($"{path}[{i}]", a.Items.Skip(i).HeadOrNone(), b.Items.Skip(i).HeadOrNone())),
            _ => Seq1(new Difference(path, before, after)),
        };

    static Seq<string> Names(Json.Object a, Json.Object b) =>
        a.Fields.Concat(b.Fields).Map(field => field.Name).Distinct().OrderBy(name => name, StringComparer.Ordinal).ToSeq();
}
