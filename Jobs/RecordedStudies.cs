using System.Text.Json;
using Flow.Domain.Planning;
using Flow.Domain.Studies;
using Flow.Domain.Text;
using Flow.Storage.Files;

namespace Flow.Jobs;

/// <summary>A study that was run here, planned again: where its steps' names come from.</summary>
/// <param name="BaseFolder">Where relative paths of its data sets start.</param>
public sealed record RecordedStudy(Plan Plan, string BaseFolder);

/// <summary>
/// The studies that a store has run, as <c>studies/IDENTITY.json</c>. A step's directory does not say what it means, its study does: this
/// is how a later command finds the model and the codec behind a step's name.
/// </summary>
public static class RecordedStudies
{
    sealed record Entry(string Name, string Folder, string Spec);

    public static void Save(string store, Plan plan, string baseFolder) => AtomicFile.WriteText(
        Path.Combine(Folder(store), $"{plan.Identity.Hex}.json"),
        JsonSerializer.Serialize(new Entry(plan.Study.Name, baseFolder, SpecWriter.Write(plan.Study.Spec).ToString())));

    /// <summary>The latest run first. One that this version of the program reads differently plans other steps, and is found by none of them.</summary>
    public static IEnumerable<RecordedStudy> In(string store)
    {
        if (!Directory.Exists(Folder(store))) yield break;
        foreach (var path in Directory.EnumerateFiles(Folder(store), "*.json").OrderByDescending(File.GetLastWriteTimeUtc))
            foreach (var study in Read(path)) yield return study;
    }

    /// <summary>One study by its identity; none where it was never recorded, or where this version of the program reads it differently.</summary>
    public static RecordedStudy? Find(string store, string identity)
    {
        var path = Path.Combine(Folder(store), $"{identity}.json");
        return File.Exists(path) ? Read(path).FirstOrDefault(study => study.Plan.Identity.Hex == identity) : null;
    }

    static IEnumerable<RecordedStudy> Read(string path)
    {
        var entry = JsonSerializer.Deserialize<Entry>(File.ReadAllText(path))!;
        foreach (var study in StudyText.Read(entry.Spec).ToOption()) yield return new RecordedStudy(Plan.Of(study), entry.Folder);
    }

    static string Folder(string store) => Path.Combine(store, "studies");
}
