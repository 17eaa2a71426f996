using LanguageExt;
using static LanguageExt.Prelude;

namespace Flow.Domain.Models;

/// <summary>A diffusion transformer that can be built: what survived validation of a <see cref="ModelSpec"/>.</summary>
public sealed record Model
{
    Model(ModelSpec spec) => Spec = spec;

    public ModelSpec Spec { get; }

    public string Name => Spec.Name;

    /// <summary>The model, or every mistake of the spec, with paths under <paramref name="path"/>.</summary>
    public static Validation<SpecError, Model> From(ModelSpec spec, string path = "model")
    {
        var mistakes = Mistakes(spec, path).ToSeq().Strict();
        return mistakes.IsEmpty ? Success<SpecError, Model>(new Model(spec)) : Validation<SpecError, Model>.Fail(mistakes);
    }

    /// <summary>Upper limits are far beyond any published model; they keep counts inside 64 bits.</summary>
    static IEnumerable<SpecError> Mistakes(ModelSpec spec, string path) =>
    [
        .. Rules.AtMost($"{path}.hidden", spec.Hidden, 65536),
        .. Rules.AtMost($"{path}.depth", spec.Depth, 1024),
        .. Rules.AtMost($"{path}.latentSize", spec.LatentSize, 4096),
        .. Rules.AtMost($"{path}.latentChannels", spec.LatentChannels, 4096),
        .. Rules.AtMost($"{path}.classes", spec.Classes, 1_000_000_000),
        .. Rules.AtMost($"{path}.mlpRatio", spec.MlpRatio, 64),
        .. Rules.Positive($"{path}.hidden", spec.Hidden),
        .. Rules.Multiple($"{path}.hidden", spec.Hidden, spec.Heads, "heads"),
        .. Rules.Multiple($"{path}.hidden", spec.Hidden, 4, "the position embedding's"),
        .. Rules.Positive($"{path}.depth", spec.Depth),
        .. Rules.Positive($"{path}.heads", spec.Heads),
        .. Rules.Positive($"{path}.patch", spec.Patch),
        .. Rules.Positive($"{path}.latentSize", spec.LatentSize),
        .. Rules.Multiple($"{path}.latentSize", spec.LatentSize, spec.Patch, "patch"),
        .. Rules.Positive($"{path}.latentChannels", spec.LatentChannels),
        .. Rules.Positive($"{path}.classes", spec.Classes),
        .. Rules.Below($"{path}.classDropout", spec.ClassDropout, 0, 1),
        .. Rules.Positive($"{path}.mlpRatio", spec.MlpRatio),
        .. Rules.Require(spec.MlpRatio * spec.Hidden % 1 == 0, $"{path}.mlpRatio", spec.MlpRatio, $"not a whole number of units at hidden {spec.Hidden}"),
        .. spec.Moe.AsEnumerable().SelectMany(moe => Mistakes(moe, $"{path}.moe")),
        .. Rules.Require(
            spec.IsCaptioned == spec.Caption.IsSome,
            $"{path}.caption", spec.Caption.Map(caption => caption.ToString()).IfNone("nothing"),
            spec.IsCaptioned ? "missing; say how many text tokens of what width" : "given to a model that is not conditioned on captions"),
        .. spec.Caption.AsEnumerable().SelectMany(caption => Rules.Positive($"{path}.caption.tokens", caption.Tokens)),
        .. spec.Caption.AsEnumerable().SelectMany(caption => Rules.Positive($"{path}.caption.width", caption.Width)),
    ];

    /// <summary>Mistakes of a mixture of experts; also asked by an upcycling stage.</summary>
    internal static IEnumerable<SpecError> Mistakes(MoeSpec moe, string path) =>
    [
        .. Rules.Within($"{path}.experts", moe.Experts, 1, 4096),
        .. Rules.Within($"{path}.activeExperts", moe.ActiveExperts, 1, Math.Max(1, moe.Experts)),
        .. Rules.Within($"{path}.sharedExperts", moe.SharedExperts, 0, 4096),
        .. Rules.NotNegative($"{path}.balanceWeight", moe.BalanceWeight),
        .. Rules.Require(
            moe.Kind != ExpertKind.UpcycledMlp || moe.SharedExperts == 0,
            $"{path}.sharedExperts", moe.SharedExperts, "not 0: upcycled experts have no shared one"),
    ];
}
