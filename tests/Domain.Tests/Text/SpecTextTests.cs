using System.Globalization;
using Flow.Domain.Planning;
using Flow.Domain.Studies;
using Flow.Domain.Text;
using Flow.TestData;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Flow.Domain.Tests.Text;

/// <summary>Issue 3, line 1: canonical JSON in and out, and what an identity depends on.</summary>
[Trait("Kind", "Property")]
public sealed class SpecTextTests
{
    static void Holds(Func<Study, bool> claim) => Prop.ForAll(SpecGen.Studies, claim).Check(PropertySeed.Config.WithMaxTest(100));

    static StudySpec Read(string text) => StudyText.ReadSpec(text).Match(
        Succ: spec => spec, Fail: mistakes => throw new Xunit.Sdk.XunitException(string.Join("\n", mistakes)));

    static StepId Identity(StudySpec spec) => Plan.Of(Study.From(spec).Match(
        Succ: study => study, Fail: mistakes => throw new Xunit.Sdk.XunitException(string.Join("\n", mistakes)))).Identity;

    [Fact]
    public void Specs_RoundTripToAnEqualValueAndAnEqualHash() => Holds(study =>
    {
        var again = Read(SpecWriter.Write(study.Spec).ToString());
        return again == study.Spec && Identity(again) == Plan.Of(study).Identity;
    });

    [Fact]
    public void Texts_ForPeopleAndForHashes_AreTheSameValue() => Holds(study =>
    {
        var json = SpecWriter.Write(study.Spec);
        return Read(CanonicalText.Pretty(json)) == study.Spec;
    });

    [Fact]
    public void Hashes_DoNotDependOnKeyOrderSpacingOrNumberFormat() => Holds(study =>
    {
        var written = Scrambled.Of(SpecWriter.Write(study.Spec));
        return Read(written) == study.Spec && SpecWriter.Write(Read(written)).ToString() == SpecWriter.Write(study.Spec).ToString();
    });

    /// <summary>Decimal commas, another minus sign, dots between thousands.</summary>
    [Fact]
    public void Hashes_DoNotDependOnTheLocale()
    {
        var foreign = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        foreign.NumberFormat.NumberDecimalSeparator = ",";
        foreign.NumberFormat.NegativeSign = "−";
        foreign.NumberFormat.NumberGroupSeparator = ".";
        Holds(study =>
        {
            var (before, there) = (Plan.Of(study).Identity, SpecWriter.Write(study.Spec).ToString());
            var home = CultureInfo.CurrentCulture;
            try
            {
                CultureInfo.CurrentCulture = foreign;
                return Identity(Read(there)) == before && SpecWriter.Write(study.Spec).ToString() == there
                    && StudyText.Read(there).Match(Succ: again => again.Runs.Map(run => run.Label) == study.Runs.Map(run => run.Label), Fail: _ => false);
            }
            finally
            {
                CultureInfo.CurrentCulture = home;
            }
        });
    }

    [Fact]
    public void NamesNotesAndPaths_AreNotHashed() => Holds(study =>
    {
        var text = SpecWriter.Write(study.Spec with { Name = "another", Notes = "other", Claim = "more" }).ToString();
        var moved = text.Replace("/data/chairs", "/elsewhere", StringComparison.Ordinal).Replace("\"amodal\"", "\"whole objects\"", StringComparison.Ordinal)
            .Replace("\"task\":\"whole objects\"", "\"task\":\"amodal\"", StringComparison.Ordinal);
        return Identity(Read(moved)) == Plan.Of(study).Identity;
    });

    [Fact]
    public void ContentOfAFolder_IsHashed() => Holds(study =>
    {
        var reads = Plan.Of(study).Steps.Exists(step => step.Payload is Payload.Ingest { Dataset: Data.DatasetSpec.Folder { Content: "chairs" } });
        var other = Read(SpecWriter.Write(study.Spec).ToString().Replace("\"content\":\"chairs\"", "\"content\":\"other\"", StringComparison.Ordinal));
        return Identity(other) == Plan.Of(study).Identity == !reads;
    });

    /// <summary>
    /// A name that every machine must find: it changes only when what a step means changes, and then Revision says so. Pinned, because a
    /// changed default would otherwise silently give new meaning to old results.
    /// </summary>
    [Fact]
    public void Hash_OfAKnownStep_IsPinned()
    {
        var step = Step.Of(new Payload.Pretrain(
            Domain.Models.Sizes.Find("a1").IfNone(() => throw new InvalidOperationException()),
            NamedRecipe("dit"),
            new StepId(new string('0', 64))));
        Assert.Equal("5cd5911b80fe", step.Name.Short);
    }

    static Runs.TrainSpec NamedRecipe(string name) => Domain.Runs.Recipes.All.Find(recipe => recipe.Name == name).Map(recipe => recipe.Spec)
        .IfNone(() => throw new InvalidOperationException());
}

/// <summary>JSON text of the same value as another would write it: fields backwards, numbers with exponents or needless zeros, spaces.</summary>
static class Scrambled
{
    public static string Of(Json json) => json switch
    {
        Json.Number n when Math.Abs(n.Value) is >= 1 and < 1e9 && n.Value % 1 == 0 => $"{n.Value.ToString("F0", CultureInfo.InvariantCulture)}.000",
        Json.Number n => n.Value.ToString(n.Value > 0.001 ? "E16" : "e20", CultureInfo.InvariantCulture),
        Json.List list => $"[ {string.Join(" ,\n", list.Items.Map(Of))} ]",
        Json.Object o => $"{{ {string.Join(" ,\t", o.Fields.Reverse().Map(field => $"{new Json.Text(field.Name)} : {Of(field.Value)}"))} }}",
        _ => json.ToString(),
    };
}
