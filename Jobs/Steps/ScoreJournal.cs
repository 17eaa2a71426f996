using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Flow.Domain.Diffusion;
using Flow.Domain.Text;
using Flow.Storage.Files;

namespace Flow.Jobs.Steps;

/// <summary>The metrics of one sample under one sampler.</summary>
public sealed record ScoredSample(long Id, IReadOnlyDictionary<string, double> Scores);

/// <summary>What the samplers of a chain scored on one batch of samples; samples without a valid pixel are missing.</summary>
/// <param name="Seconds">For the whole chain.</param>
/// <param name="Cells">By <see cref="ScoreJournal.Key"/>.</param>
public sealed record ScoredBatch(double Seconds, IReadOnlyDictionary<string, List<ScoredSample>> Cells);

/// <summary>
/// The scores of a chain on disk, a file a batch: an evaluation that was killed scores at most one batch again, and every cell's scores
/// sample by sample stay in the finished step, for comparisons in pairs.
/// </summary>
sealed class ScoreJournal(string folder)
{
    static readonly JsonSerializerOptions Shape = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };

    /// <summary>A sampler's name in the journal: all of its fields that aren't at their default.</summary>
    public static string Key(SamplerSpec sampler) => SpecWriter.Write(sampler).ToString();

    public static Dictionary<string, List<ScoredSample>> Empty(IEnumerable<SamplerSpec> cells) =>
        cells.ToDictionary(Key, _ => new List<ScoredSample>());

    /// <summary>Batch number <paramref name="index"/> from disk, if all cells are there; else scored now and written.</summary>
    public ScoredBatch Once(int index, IEnumerable<SamplerSpec> cells, Func<ScoredBatch> score)
    {
        var path = Path.Combine(folder, index.ToString("D5", CultureInfo.InvariantCulture) + ".json");
        if (File.Exists(path))
        {
            var known = JsonSerializer.Deserialize<ScoredBatch>(File.ReadAllText(path), Shape)!;
            if (cells.All(cell => known.Cells.ContainsKey(Key(cell)))) return known;
        }
        var scored = score();
        AtomicFile.WriteText(path, JsonSerializer.Serialize(scored, Shape));
        return scored;
    }
}
