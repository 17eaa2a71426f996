using Flow.Domain.Drawing;
using Flow.Domain.Text;
using Xunit;
using static LanguageExt.Prelude;

namespace Flow.Domain.Tests.Drawing;

/// <summary>Issue 9, Compare: only the parameters that differ.</summary>
public sealed class DifferingFieldTests
{
    static Json Spec(double width, params (string, Json)[] more) =>
        Json.Of([("model", Json.Of(("name", new Json.Text("a1")), ("width", new Json.Number(width)))), .. more]);

    [Fact]
    public void SameEverywhere_IsLeftOut_AndAbsentIsNone()
    {
        var differing = DifferingField.Of(Seq(Spec(48), Spec(64), Spec(64, ("steps", Json.ListOf([new Json.Number(3)])))));
        Assert.Equal(Seq("model.width", "steps[0]"), differing.Map(field => field.Path));
        Assert.Equal(Seq(Some("48"), Some("64"), Some("64")), differing[0].Values);
        Assert.Equal(Seq(None, None, Some("3")), differing[1].Values);
    }

    [Fact]
    public void EqualSpecs_DifferInNothing() => Assert.True(DifferingField.Of(Seq(Spec(48), Spec(48))).IsEmpty);
}
