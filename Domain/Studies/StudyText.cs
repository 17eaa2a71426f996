using Flow.Domain.Text;
using LanguageExt;
using static LanguageExt.Prelude;

namespace Flow.Domain.Studies;

/// <summary>
/// Reads a study's file. A file may define several scales of one study: the field "scales" holds, for each, the dotted paths that it
/// changes, such as <c>"tiny": { "run.stages[0].train.steps": 600 }</c>.
/// </summary>
public static class StudyText
{
    const string Scales = "scales";

    /// <summary>The names of the scales in the file; none when it has one only.</summary>
    public static Validation<SpecError, Seq<string>> ScalesOf(string text) => JsonText.Parse(text).Map(ScalesOf);

    /// <summary>The study at a scale; without one, the file's only scale, or "tiny" where it has several.</summary>
    public static Validation<SpecError, Study> Read(string text, Option<string> scale = default) =>
        JsonText.Parse(text).Bind(json => AtScale(json, scale)).Bind(Read);

    /// <summary>The spec at a scale, before validation.</summary>
    public static Validation<SpecError, StudySpec> ReadSpec(string text, Option<string> scale = default) =>
        JsonText.Parse(text).Bind(json => AtScale(json, scale)).Bind(json => SpecReader.Read<StudySpec>(json));

    /// <summary>Mistakes of the text do not hide those of the meaning.</summary>
    static Validation<SpecError, Study> Read(Json json)
    {
        var read = SpecReader.ReadWhatIsThere<StudySpec>(json);
        var whole = read.Value.Map(Study.From);
        return read.Mistakes.IsEmpty
            ? whole.IfNone(() => throw new InvalidOperationException("a study without mistakes was not read"))
            : Validation<SpecError, Study>.Fail(read.With(
                whole.ToSeq().Bind(study => study.Match(Succ: _ => [], Fail: mistakes => mistakes)).Concat(PartRules.Mistakes(read.Parts))));
    }

    static Seq<string> ScalesOf(Json json) =>
        JsonPath.Get(json, Scales).Map(scales => scales is Json.Object o ? o.Fields.Map(field => field.Name) : []).IfNone([]);

    static Validation<SpecError, Json> AtScale(Json json, Option<string> scale)
    {
        var names = ScalesOf(json);
        var chosen = scale.IfNone("tiny");
        if (names.IsEmpty)
            return scale.IsNone
                ? Success<SpecError, Json>(json)
                : Fail<SpecError, Json>(new SpecError("scale", chosen, "not known; this study has one scale only, give none"));
        if (!names.Contains(chosen)) return Fail<SpecError, Json>(new SpecError("scale", chosen, Spelling.Unknown(chosen, names)));
        return Overlay(((Json.Object)json).Without(Scales), JsonPath.Get(json, $"{Scales}.{chosen}").IfNone(Json.Of()), $"{Scales}.{chosen}");
    }

    static Validation<SpecError, Json> Overlay(Json study, Json changes, string path)
    {
        if (changes is not Json.Object overlay) return Fail<SpecError, Json>(new SpecError(path, changes.ToString(), "not an object of dotted paths and values"));
        return overlay.Fields
            .Fold(Right<SpecError, Json>(study), (at, change) => at.Bind(json => JsonPath.Set(json, change.Name, change.Value)
                .MapLeft(why => new SpecError($"{path}.{change.Name}", change.Value.ToString(), $"not a place in the study: {why}"))))
            .Match(Right: Success<SpecError, Json>, Left: Fail<SpecError, Json>);
    }
}
