using Flow.Domain.Data;
using Flow.Domain.Models;
using Flow.Domain.Runs;
using LanguageExt;
using static LanguageExt.Prelude;

namespace Flow.Domain.Text;

/// <summary>
/// Names that may stand for a whole model, data set, codec or training recipe: <c>"a4"</c>, or with changes
/// <c>{ "like": "a4", "latentSize": 64 }</c>.
/// </summary>
public static class NamedValues
{
    static readonly HashMap<Type, Seq<(string Name, Json Value)>> All = HashMap(
        (typeof(ModelSpec), Sizes.All.Map(model => (model.Name, SpecWriter.Write(model))).Strict()),
        (typeof(DatasetSpec), KnownDatasets.All.Map(data => (data.Name, SpecWriter.Write(data.Spec))).Strict()),
        (typeof(CodecSpec), KnownCodecs.All.Map(codec => (codec.Name, SpecWriter.Write(codec.Spec))).Strict()),
        (typeof(TrainSpec), Recipes.All.Map(recipe => (recipe.Name, SpecWriter.Write(recipe.Spec))).Strict()));

    public static Seq<string> Names(Type type) => All.Find(type).IfNone([]).Map(named => named.Name);

    /// <summary>The whole JSON of a value given by name; left with a name that is not known; anything else unchanged.</summary>
    public static Either<string, Json> Expand(Type type, Json json) => json switch
    {
        _ when !All.ContainsKey(type) => Right<string, Json>(json),
        Json.Text name => Find(type, name.Value),
        Json.Object o when o.Find("like").IfNone(new Json.Null()) is Json.Text name => Find(type, name.Value).Map(whole => Merge(whole, o.Without("like"))),
        _ => Right<string, Json>(json),
    };

    static Either<string, Json> Find(Type type, string name) =>
        All.Find(type).IfNone([]).Find(named => named.Name == name).Map(named => named.Value).ToEither(name);

    /// <summary>Changes reach into nested objects; lists and other values are replaced.</summary>
    static Json Merge(Json whole, Json changes) => (whole, changes) switch
    {
        (Json.Object a, Json.Object b) => b.Fields.Fold(a, (all, change) =>
            all.With(change.Name, all.Find(change.Name).Map(old => Merge(old, change.Value)).IfNone(change.Value))),
        _ => changes,
    };
}
