using System.Text.Json;
using System.Text.Json.Serialization;
using Flow.Storage.Files;

namespace Flow.Jobs.Steps;

/// <summary>
/// gallery/index.json in the directory of a finished evaluation: a few fixed samples, and what each of its samplers made of them. All paths
/// are relative to the gallery. The format is described in docs/results.md.
/// </summary>
/// <param name="Task">depth, flow or amodal.</param>
/// <param name="Size">Side of every picture in pixels.</param>
/// <param name="ErrorFull">The error, in <paramref name="ErrorUnit"/>, that is drawn in the last colour; uncertainty has the same scale.</param>
public sealed record GalleryIndex(int Version, string Task, int Size, double ErrorFull, string ErrorUnit, IReadOnlyList<GallerySample> Samples)
{
    public const int CurrentVersion = 2;

    const string Folder = "gallery", FileName = "index.json";

    static readonly JsonSerializerOptions Shape = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    public static string FolderOf(string step) => Path.Combine(step, Folder);

    /// <summary>The gallery of a step's directory; null where the step has none, or one of another version.</summary>
    public static GalleryIndex? Of(string step)
    {
        var path = Path.Combine(FolderOf(step), FileName);
        if (!File.Exists(path)) return null;
        using var document = JsonDocument.Parse(File.ReadAllBytes(path));
        return document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.GetProperty("version").GetInt32() == CurrentVersion
            ? document.Deserialize<GalleryIndex>(Shape)
            : null;
    }

    /// <summary>Written last: a gallery without an index is none.</summary>
    internal void Save(string step) => AtomicFile.Write(Path.Combine(FolderOf(step), FileName), stream => JsonSerializer.Serialize(stream, this, Shape));
}

/// <summary>One sample of a gallery.</summary>
/// <param name="Id">In its data set.</param>
/// <param name="Key">Path of its source file.</param>
/// <param name="Image">What the model was shown.</param>
/// <param name="Prompt">The second condition: the next frame (flow), the visible mask (amodal); null for depth.</param>
/// <param name="Truth">In the colours of the predictions.</param>
/// <param name="TruthRaw">As .npy: metres [H, W], pixels of flow [2, H, W] (NaN where there is none), mask [H, W] of 0 and 1.</param>
public sealed record GallerySample(
    long Id, string Key, string Image, string? Prompt, string Truth, string TruthRaw, IReadOnlyList<GalleryPrediction> Predictions);

/// <summary>What one sampler made of a sample.</summary>
/// <param name="Sampler">As in result rows.</param>
/// <param name="Macs">Of the network for this prediction, all steps and members.</param>
/// <param name="Picture">Depth after alignment with the truth, so that equal colours are equal metres; flow; the predicted object.</param>
/// <param name="Raw">The prediction as .npy, not aligned.</param>
/// <param name="Error">Against the truth, pixel by pixel.</param>
/// <param name="Uncertainty">How far the members lie apart; null for a single one.</param>
/// <param name="Scores">This sample's metrics; empty where it has no valid pixel.</param>
public sealed record GalleryPrediction(
    int Steps, int Ensemble, string Sampler, double Macs, string Picture, string Raw, string Error, string? Uncertainty,
    IReadOnlyDictionary<string, double> Scores);
