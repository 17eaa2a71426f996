using Flow.Dataflow.Codecs;
using Flow.Domain;

namespace Flow.Dataflow.Sources;

/// <summary>The folder of a data set, out of which no path may lead.</summary>
/// <param name="Folder">Absolute path.</param>
sealed record Root(string Folder)
{
    /// <param name="expected">What a person should have put there, for the error message.</param>
    public static Root Open(string folder, string expected) => Directory.Exists(folder)
        ? new Root(Path.GetFullPath(folder))
        : throw new BadInputException($"{folder}: no such folder; it should hold {expected} (docs/datasets.md says what to download)");

    public string this[string relative] => Path.Combine(Folder, relative);

    /// <summary>The whole file at a relative path; refuses paths and symbolic links that leave the folder.</summary>
    public byte[] Read(string relative) => Limits.ReadFile(Inside(relative));

    /// <summary>The full path of a file that is truly below this folder.</summary>
    public string Inside(string relative)
    {
        var path = Path.GetFullPath(this[relative]);
        if (!Below(path)) throw Outside(path, path);
        for (var at = path; at.Length > Folder.Length; at = Path.GetDirectoryName(at)!)
        {
            var entry = new FileInfo(at);
            if (entry.LinkTarget is null) continue;
            var target = Target(entry);
            if (!Below(target)) throw Outside(path, target);
        }
        return path;
    }

    static string Target(FileInfo link)
    {
        try
        {
            return link.ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? link.LinkTarget!;
        }
        catch (IOException loop)
        {
            throw new BadFileException(link.FullName, "is a symbolic link that leads nowhere", "remove it or copy the file itself there", loop);
        }
    }

    public bool Has(string relative) => File.Exists(this[relative]);

    /// <summary>Names of the folder's sub-folders in ordinal order, which is the order of class indices.</summary>
    public string[] Folders(string relative, string pattern = "*") =>
        [.. Names(Directory.EnumerateDirectories(this[relative], pattern))];

    public string[] Files(string relative, string pattern) =>
        [.. Names(Directory.EnumerateFiles(this[relative], pattern))];

    static IOrderedEnumerable<string> Names(IEnumerable<string> paths) =>
        paths.Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal);

    bool Below(string path) => path.StartsWith(Folder + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    BadFileException Outside(string path, string target) => new(
        path, $"leads out of the data set, to {target}", $"copy it into {Folder}, or name the folder that holds the files");
}
