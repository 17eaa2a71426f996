using Flow.Dataflow.Sources;
using Flow.Domain;
using Flow.Domain.Data;

namespace Flow.Dataflow.Synth;

/// <summary>Writes rendered scenes to disk in the layout of a real data set. Same spec, same bytes, on any number of cores.</summary>
public static class SynthWriter
{
    /// <summary>
    /// Renders and writes all scenes in parallel into a folder beside the target, which gets its name when everything is there: a
    /// stopped run leaves no half data set under the name.
    /// </summary>
    /// <param name="folder">Must not exist, or be empty.</param>
    /// <param name="progress">Gets the number of scenes written so far; from any thread.</param>
    public static void Write(DatasetSpec.Synthetic spec, string folder, Action<int>? progress = null, CancellationToken cancel = default)
    {
        folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        if (File.Exists(folder) || (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any()))
            throw new BadInputException($"{folder}: exists already and is not empty; choose another folder or delete it");
        var partial = $"{folder}.{Guid.NewGuid():N}.partial";
        var layout = SceneLayout.Of(spec.Layout);
        try
        {
            Directory.CreateDirectory(partial);
            var done = 0;
            Parallel.For(0, spec.Scenes, new ParallelOptions { CancellationToken = cancel, MaxDegreeOfParallelism = Environment.ProcessorCount }, i =>
            {
                layout.WriteScene(partial, i, Synthetic.Render(spec, i));
                progress?.Invoke(Interlocked.Increment(ref done));
            });
            layout.WriteTables(partial, spec);
            if (Directory.Exists(folder)) Directory.Delete(folder);
            Directory.Move(partial, folder);
        }
        catch (AggregateException errors)
        {
            throw errors.Flatten().InnerExceptions[0];
        }
        finally
        {
            if (Directory.Exists(partial)) Directory.Delete(partial, recursive: true);
        }
    }
}
