using Flow.Domain;
using Flow.Domain.Data;
using Flow.Domain.Planning;
using Flow.Domain.Studies;
using Flow.Jobs.Steps;
using Flow.Storage.Remote;
using LanguageExt;
using static LanguageExt.Prelude;

namespace Flow.Jobs;

/// <summary>What a study reads from outside its store: looked for before anything runs, so that no hours of work end at a path.</summary>
public static class OutsideFiles
{
    /// <param name="steps">Those that are to be run; finished ones read nothing any more.</param>
    /// <param name="baseFolder">Where relative paths start.</param>
    /// <exception cref="BadInputException">Some of it isn't there: all of that, each with its field.</exception>
    public static void Check(Lab lab, Plan plan, Seq<StepId> steps, string baseFolder)
    {
        var missing = steps.Filter(step => !lab.Steps.Exists(step.Hex))
            .Bind(step => Named(plan.Study.Spec, plan[step].Payload)).Distinct()
            .Bind(named => Missing(named.Field, named.Path, baseFolder).ToSeq()).ToSeq().Strict();
        if (!missing.IsEmpty) throw new BadInputException($"'{plan.Study.Name}' reads what this machine hasn't:", missing);
    }

    static Option<SpecError> Missing(string field, string path, string baseFolder) => DataPlaces.Unset(path).Match(
        Some: variable => new SpecError(field, path, $"not known: set the environment variable {variable}"),
        None: () => DataPlaces.Resolve(path, baseFolder) is var place && (RemoteFolder.IsAddress(place) || Path.Exists(place))
            ? Option<SpecError>.None
            : new SpecError(field, place, "not there: fetch it, or correct the path"));

    static Seq<(string Field, string Path)> Named(StudySpec spec, Payload payload) => (payload switch
    {
        Payload.Ingest p => Of(spec, p.Dataset),
        Payload.FitCodec p => p.FitOn.Bind(dataset => Of(spec, dataset)).Concat(p.Codec is CodecSpec.AutoencoderKl kl ? Seq1(("codec.path", kl.Path)) : []).Strict(),
        Payload.Import p => Seq1(("import.path", p.Path)),
        _ => [],
    }).Filter(named => named.Path.Length > 0);

    static Seq<(string Field, string Path)> Of(StudySpec spec, DatasetSpec dataset)
    {
        var name = spec.Datasets.AsEnumerable().First(entry => entry.Value == dataset).Key;
        return dataset switch
        {
            DatasetSpec.Folder folder => Seq1(($"datasets.{name}.path", folder.Path)),
            DatasetSpec.Shards shards => Seq1(($"datasets.{name}.address", shards.Address)),
            _ => [],
        };
    }
}
