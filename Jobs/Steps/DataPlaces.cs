using System.Text.RegularExpressions;
using Flow.Dataflow.Ingest;
using Flow.Dataflow.Sources;
using Flow.Domain;
using Flow.Domain.Data;
using Flow.Domain.Planning;
using Flow.Domain.Runs;
using Flow.Storage.Remote;
using LanguageExt;

namespace Flow.Jobs.Steps;

/// <summary>Where a study's data sets are on this machine, and how their samples are prepared.</summary>
public static partial class DataPlaces
{
    /// <summary>Opens the data set of an ingest step: rendered scenes as their Synth step wrote them, others in their folder.</summary>
    /// <param name="scenes">Finished directory of the Synth step, for rendered ones.</param>
    public static SampleSource Open(DatasetSpec dataset, string? scenes, string baseFolder) => dataset switch
    {
        DatasetSpec.Synthetic => Datasets.Open(
            new DatasetSpec.Folder(dataset.Layout, "", "scenes"), SynthStep.Scenes(scenes ?? throw new ArgumentNullException(nameof(scenes)))),
        DatasetSpec.Folder folder => Datasets.Open(folder, Resolve(folder.Path, baseFolder)),
        _ => throw new NotSupportedException(dataset.ToString()),
    };

    public static SampleSource Open(StepContext context, Payload.Ingest payload) =>
        Open(payload.Dataset, payload.Scenes.MatchUnsafe<string?>(step => context.Open(step), () => null), context.BaseFolder);

    public static Preparation Prepared(DatasetSpec dataset) => Preparation.For(TaskOf(dataset.Layout), dataset.ImageSize);

    /// <summary>The task whose truth a layout carries; none for class-labelled photographs.</summary>
    public static PerceptionTask? TaskOf(DatasetLayout layout) => layout switch
    {
        DatasetLayout.Hypersim or DatasetLayout.HypersimMarigold => PerceptionTask.Depth,
        DatasetLayout.FlyingChairs => PerceptionTask.Flow,
        DatasetLayout.Pix2gestalt => PerceptionTask.Amodal,
        _ => null,
    };

    /// <summary>
    /// ${NAME} is an environment variable; ${FLOW_DATA} without one is ../shared/data beside the checkout. Relative paths start at the
    /// study's file; addresses of remote stores stay as they are.
    /// </summary>
    /// <exception cref="BadInputException">The variable is not set.</exception>
    public static string Resolve(string path, string baseFolder)
    {
        var named = Variable().Replace(path, match => Value(match.Groups[1].Value, path));
        return RemoteFolder.IsAddress(named) ? named : Path.GetFullPath(named, baseFolder);
    }

    /// <summary>The first environment variable that a path needs and that is not set.</summary>
    public static Option<string> Unset(string path) => Variable().Matches(path).Select(match => match.Groups[1].Value).Where(name => Value(name) is null).ToSeq().HeadOrNone();

    static string Value(string name, string path) =>
        Value(name) ?? throw new BadInputException($"the path {path} needs the environment variable {name}, which is not set");

    static string? Value(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value
        ? RemoteFolder.IsAddress(value) ? value : Path.GetFullPath(value)
        : name == "FLOW_DATA" && Environment.GetEnvironmentVariable("FLOW_ROOT") is { } root
            ? Path.GetFullPath(Path.Combine(root, "..", "shared", "data"))
            : null;

    [GeneratedRegex(@"\$\{(\w+)\}")]
    private static partial Regex Variable();
}
