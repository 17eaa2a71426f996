using System.Reflection;
using Flow.Domain.Models;
using Flow.Domain.Studies;
using Flow.Domain.Text;
using Flow.TestData;
using FsCheck;
using FsCheck.Fluent;
using LanguageExt;
using Xunit;

namespace Flow.Domain.Tests.Text;

/// <summary>Issue 3, line 1: the property tests reach every field of every spec, so that "valid specs round-trip" is said of all of them.</summary>
public sealed class SpecLeafTests
{
    [Fact]
    [Trait("Kind", "Property")]
    public void TheGenerator_GivesEveryFieldOfEverySpecMoreThanOneValue()
    {
        var values = Fields(typeof(StudySpec), []).ToDictionary(field => field, _ => new System.Collections.Generic.HashSet<string>());
        foreach (var study in SpecGen.Studies.Generator.Sample(100, new Rnd(5, 0x9E3779B97F4A7C15), 300)) Note(study.Spec, values);
        foreach (var model in SpecGen.Captioned.Generator.Sample(50, new Rnd(5, 0x9E3779B97F4A7C15), 40)) Note(model, values);
        Assert.True(values.Count > 100, $"{values.Count} fields");
        Assert.Empty(values.Where(field => field.Value.Count < 2).Select(field => field.Key).Except(OfBudgets));
    }

    /// <summary>Budgets that fit a random run are rare: the isoFLOP study's go around instead.</summary>
    static readonly string[] OfBudgets = ["Budgets.TrainMacs", "Budgets.Stage", "Budgets.MinSteps", "Budgets.MaxSteps"];

    [Theory]
    [InlineData("paper")]
    [InlineData("tiny")]
    public void TheIsoflopStudy_RoundTrips(string scale)
    {
        var spec = Tests.Studies.CatalogTests.Read("isoflop", scale).Spec;
        Assert.Single(spec.Axes.OfType<AxisSpec.Budgets>());
        Assert.True(StudyText.ReadSpec(SpecWriter.Write(spec).ToString()).Match(Succ: again => again == spec, Fail: _ => false));
    }

    /// <summary>Captions are refused in studies, so their specs go around by themselves.</summary>
    [Fact]
    [Trait("Kind", "Property")]
    public void CaptionedModels_RoundTrip() => Prop.ForAll(SpecGen.Captioned, model =>
        Model.From(model).IsSuccess && SpecReader.Parse<ModelSpec>(SpecWriter.Write(model).ToString()).Exists(again => again == model)).Check(PropertySeed.Config);

    /// <summary>"Type.field" of every plain value that a spec can hold, through lists, options, maps and unions.</summary>
    static IEnumerable<string> Fields(Type type, System.Collections.Generic.HashSet<Type> seen)
    {
        if (Inner(type) is { } inner) return Fields(inner, seen);
        if (IsPlain(type) || !seen.Add(type)) return [];
        if (type.IsAbstract) return Cases(type).SelectMany(one => Fields(one, seen));
        return Parameters(type).SelectMany(parameter => IsPlain(Innermost(parameter.ParameterType))
            ? [$"{type.Name}.{parameter.Name}"]
            : Fields(parameter.ParameterType, seen));
    }

    static void Note(object value, Dictionary<string, System.Collections.Generic.HashSet<string>> values)
    {
        var type = value.GetType();
        if (IsPlain(type)) return;
        if (Inner(type) is not null)
        {
            foreach (var item in (System.Collections.IEnumerable)value)
                Note(item is System.Runtime.CompilerServices.ITuple { Length: 2 } entry ? entry[1]! : item, values);
            return;
        }
        foreach (var parameter in Parameters(type))
        {
            var held = type.GetProperty(parameter.Name!)!.GetValue(value)!;
            if (values.TryGetValue($"{type.Name}.{parameter.Name}", out var known)) known.Add(Convert.ToString(held, System.Globalization.CultureInfo.InvariantCulture)!);
            Note(held, values);
        }
    }

    static bool IsPlain(Type type) => type.IsPrimitive || type.IsEnum || type == typeof(string) || typeof(Json).IsAssignableFrom(type);

    static Type? Inner(Type type) => type.IsGenericType && type.GetGenericTypeDefinition() is var generic
        && (generic == typeof(Option<>) || generic == typeof(Seq<>) || generic == typeof(HashMap<,>)) ? type.GenericTypeArguments[^1] : null;

    static Type Innermost(Type type) => Inner(type) is { } inner ? Innermost(inner) : type;

    static IEnumerable<Type> Cases(Type union) => union.GetNestedTypes().Where(nested => nested.BaseType == union);

    static ParameterInfo[] Parameters(Type record) => record.GetConstructors().Select(constructor => constructor.GetParameters()).MaxBy(parameters => parameters.Length)!;
}
