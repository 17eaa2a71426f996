using Flow.Domain;
using Flow.Domain.Studies;
using LanguageExt;

namespace Flow.Jobs;

/// <summary>A study by its published name (studies/NAME.json) or by the path of a person's own file.</summary>
/// <param name="Path">Absolute path.</param>
public sealed record StudyFile(string Path, string Text)
{
    /// <summary>Where relative paths of its data sets start.</summary>
    public string Folder => System.IO.Path.GetDirectoryName(Path)!;

    public string Name => System.IO.Path.GetFileNameWithoutExtension(Path);

    /// <summary>Folder of the named studies: in the checkout that the program was built in.</summary>
    public static string Library => System.IO.Path.Combine(Environment.GetEnvironmentVariable("FLOW_ROOT") ?? Checkout(), "studies");

    static string Checkout()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(System.IO.Path.Combine(folder.FullName, "FlowDataPipeline.sln"))) return folder.FullName;
        return Directory.GetCurrentDirectory();
    }

    /// <summary>Paths of the named studies, sorted by name.</summary>
    public static IReadOnlyList<string> Named() =>
        Directory.Exists(Library) ? [.. Directory.EnumerateFiles(Library, "*.json").Order(StringComparer.Ordinal)] : [];

    /// <exception cref="BadInputException">There is no such study.</exception>
    public static StudyFile Find(string nameOrPath)
    {
        var named = System.IO.Path.Combine(Library, nameOrPath + ".json");
        var path = File.Exists(nameOrPath) ? nameOrPath : File.Exists(named) ? named : throw new BadInputException(
            $"no study '{nameOrPath}': give a file, or one of {string.Join(", ", Named().Select(System.IO.Path.GetFileNameWithoutExtension))}");
        return new StudyFile(System.IO.Path.GetFullPath(path), File.ReadAllText(path));
    }

    /// <exception cref="BadInputException">The study has mistakes; all of them are in the message.</exception>
    /// <param name="scale">One of the file's scales; none for its only one, or tiny where it has several.</param>
    public Study Read(string? scale) => StudyText.Read(Text, scale is null ? Option<string>.None : Option<string>.Some(scale)).Match(
        Succ: study => study,
        Fail: mistakes => throw new BadInputException($"{Path} can't be used:", mistakes));
}
