using System.Security.Cryptography;
using System.Text.Json;
using LanguageExt;
using LanguageExt.Common;

namespace Flow.Training.Checkpoints;

/// <summary>What manifest.json says of a checkpoint: where training stood, on what it ran, and the checksum of every other file.</summary>
/// <param name="Step">Optimizer steps done.</param>
/// <param name="SpecHash">The hash of the run's spec; resuming another run from it is an error.</param>
/// <param name="Engine">The tensor engine and its version; resuming is bit-exact on the same one only.</param>
/// <param name="Notes">Whatever the writer wants back.</param>
public sealed record Manifest(
    int Format,
    long Step,
    string SpecHash,
    string Engine,
    string Device,
    IReadOnlyDictionary<string, string> Notes,
    IReadOnlyDictionary<string, ManifestFile> Files)
{
    public const int CurrentFormat = 1;
    public const string FileName = "manifest.json";

    static readonly JsonSerializerOptions json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    internal static void Write(string folder, Manifest manifest) =>
        File.WriteAllText(Path.Combine(folder, FileName), JsonSerializer.Serialize(manifest, json));

    /// <summary>Reads the manifest and checks every file it lists against its size and checksum.</summary>
    public static Either<Error, Manifest> ReadVerified(string folder)
    {
        var path = Path.Combine(folder, FileName);
        try
        {
            var manifest = JsonSerializer.Deserialize<Manifest>(File.ReadAllText(path), json);
            if (manifest is not { Format: CurrentFormat, Files: not null, Notes: not null })
                return Error.New($"{path}: not a manifest of format {CurrentFormat}. {Remedy}");
            foreach (var (name, file) in manifest.Files)
                if (ManifestFile.Of(Path.Combine(folder, Path.GetFileName(name))) != file)
                    return Error.New($"{Path.Combine(folder, name)}: damaged, its bytes do not match the checksum in {FileName}. {Remedy}");
            return manifest;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or JsonException)
        {
            return Error.New($"{path}: {fault.Message} {Remedy}");
        }
    }

    const string Remedy = "Delete this checkpoint and resume from the one before it.";
}

/// <summary>Size and SHA-256 (lower-case hex) of a file of weights.</summary>
public sealed record ManifestFile(long Bytes, string Sha256)
{
    public static ManifestFile Of(string path)
    {
        using var file = File.OpenRead(path);
        return new ManifestFile(file.Length, Convert.ToHexStringLower(SHA256.HashData(file)));
    }
}
