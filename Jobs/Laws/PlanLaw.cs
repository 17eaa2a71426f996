using Flow.Domain;
using Flow.Domain.Laws;
using Flow.Domain.Models;
using Flow.Domain.Text;
using LanguageExt;
using static LanguageExt.Prelude;

namespace Flow.Jobs.Laws;

/// <summary>The law that a person names for a plan, and the sizes that may be built by it.</summary>
public static class PlanLaw
{
    /// <param name="name">A published law, or a study of the store.</param>
    /// <param name="metric">Metric of the study's rows.</param>
    /// <param name="models">Named sizes with commas; null takes DiT with patch 2 for published laws, and those like the study's own for a study.</param>
    public static (AllocationLaw Law, Seq<ModelSpec> Models) Of(string store, string name, string metric, string? models, CancellationToken cancel)
    {
        var chosen = Optional(models).Map(names => Chosen(names!));
        return AllocationLaw.Published.Find(law => law.Name == name).Match(
            Some: law => (law, chosen.IfNone(() => Sizes.All.Filter(m => m.Name.StartsWith("DiT-", StringComparison.Ordinal) && m.Patch == 2).Strict())),
            None: () => OfStudy(Rows(store, name, metric, cancel), chosen, cancel));
    }

    /// <summary>The rows of a study; a name that is neither a study's nor a published law's is answered with both lists.</summary>
    static StudyRows Rows(string store, string name, string metric, CancellationToken cancel)
    {
        var studies = StudyRows.Studies(store, cancel);
        return studies.Contains(name)
            ? new StudyRows(store, name, metric)
            : throw new BadInputException($"--law: '{name}' is neither a published law ({string.Join(", ", AllocationLaw.Published.Map(law => law.Name))}) "
                + $"nor a study with results in {store} ({(studies.IsEmpty ? "it has none" : string.Join(", ", studies))})");
    }

    static (AllocationLaw, Seq<ModelSpec>) OfStudy(StudyRows rows, Option<Seq<ModelSpec>> chosen, CancellationToken cancel)
    {
        var fit = IsoFlop.Fit(rows.Trainings(cancel)).Carried($"the rows of '{rows.Study}' carry no isoFLOP law");
        return (AllocationLaw.Of(rows.Study, fit), chosen.IfNone(() => Alike(rows.Study, rows.Models(cancel))));
    }

    static Seq<ModelSpec> Chosen(string names) => names.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
        .Select(name => Sizes.Find(name).IfNone(() => throw new BadInputException($"--models: {name} is {Spelling.Unknown(name, Sizes.Names)}"))).ToArray().ToSeq();

    /// <summary>Named sizes with the latent and patch of a study's models; if its models have names of their own, those with as many tokens.</summary>
    static Seq<ModelSpec> Alike(string study, (Seq<string> Models, double TokensPerImage) used)
    {
        var alike = used.Models.Map(Sizes.Find).Somes().HeadOrNone().Match(
            Some: first => Sizes.All.Filter(m => (m.LatentSize, m.LatentChannels, m.Patch) == (first.LatentSize, first.LatentChannels, first.Patch)),
            None: () => Sizes.All.Filter(m => m.Tokens == used.TokensPerImage)).Strict();
        return alike.IsEmpty
            ? throw new BadInputException($"no named size has the {used.TokensPerImage} tokens an image of '{study}': choose with --models")
            : alike;
    }
}
