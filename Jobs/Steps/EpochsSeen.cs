using System.Text.Json;
using Flow.Dataflow.Streaming;
using Flow.Storage.Files;

namespace Flow.Jobs.Steps;

/// <summary>One epoch of one data set in a training.</summary>
/// <param name="Seen">Samples that the optimizer saw, with their commutative hash, as count:hash.</param>
/// <param name="Expected">The same of the data set's index.</param>
/// <param name="ExactlyOnce">Every sample once; null while the epoch is not over.</param>
public sealed record EpochSeen(string Dataset, int Epoch, string Seen, string Expected, bool? ExactlyOnce);

/// <summary>Which samples a finished training has seen, epoch by epoch: <c>ledger.json</c> in its directory.</summary>
public sealed record EpochsSeen(IReadOnlyList<EpochSeen> Epochs)
{
    public const string FileName = "ledger.json";

    static readonly JsonSerializerOptions Shape = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, WriteIndented = true };

    public static EpochsSeen Of(SampleBooks books) => new([.. books.Verdicts.Select(verdict => new EpochSeen(
        verdict.Dataset, verdict.Epoch, verdict.Seen.ToString(), verdict.Expected.ToString(), verdict.Over ? verdict.ExactlyOnce : null))]);

    public void Save(string directory) => AtomicFile.WriteText(Path.Combine(directory, FileName), JsonSerializer.Serialize(this, Shape));

    /// <exception cref="FileNotFoundException">The training is not finished, or is of an earlier version.</exception>
    public static EpochsSeen Load(string directory) =>
        JsonSerializer.Deserialize<EpochsSeen>(File.ReadAllText(Path.Combine(directory, FileName)), Shape)!;

    /// <summary>For the result store: whole epochs, and those of them in which every sample came once.</summary>
    public IReadOnlyList<Measurement> Measurements =>
    [
        new("epochs", Epochs.Count(epoch => epoch.ExactlyOnce is not null)),
        new("epochs_exactly_once", Epochs.Count(epoch => epoch.ExactlyOnce == true)),
    ];
}
