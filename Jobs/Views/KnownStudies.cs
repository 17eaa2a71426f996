using Flow.Domain.Planning;

namespace Flow.Jobs.Views;

/// <summary>The studies of a store for whoever asks often: they are read and planned again only when one was recorded.</summary>
public sealed class KnownStudies(Lab lab)
{
    readonly Lock gate = new();
    string stamp = "";
    IReadOnlyList<RecordedStudy> studies = [];

    /// <summary>The latest recorded first.</summary>
    public IReadOnlyList<RecordedStudy> All()
    {
        lock (gate)
        {
            var now = Stamp();
            if (now != stamp) (stamp, studies) = (now, [.. RecordedStudies.In(lab.Root)]);
            return studies;
        }
    }

    /// <summary>A run by its study's name (the latest version counts) or identity, and its own label.</summary>
    public PlanOfRun? Find(string study, string run) => All().Where(known => known.Plan.Study.Name == study || known.Plan.Identity.Hex == study)
        .SelectMany(known => known.Plan.Runs.Map(planned => new PlanOfRun(known.Plan, planned)))
        .FirstOrDefault(planned => planned.Label == run);

    /// <summary>A run's label as result rows have it: a study of one run gives it its name.</summary>
    public static string LabelOf(Plan plan, PlannedRun run) => run.Run.Label.Length == 0 ? plan.Study.Name : run.Run.Label;

    /// <summary>Equal as long as no study was recorded; a study that runs again is written again.</summary>
    string Stamp()
    {
        var folder = new DirectoryInfo(Path.Combine(lab.Root, "studies"));
        return folder.Exists ? string.Join('\n', folder.EnumerateFiles("*.json").Select(file => $"{file.Name} {file.LastWriteTimeUtc.Ticks}")) : "";
    }
}
