using System.Text.Json;
using Flow.Domain.Pipelines;

namespace Flow.Jobs.Steps;

/// <summary>A block in pipeline.json.</summary>
/// <param name="PerSecond">Items that passed it in a second.</param>
/// <param name="Utilisation">Share of its workers' time that it worked, 0 to 1.</param>
/// <param name="Done">Items since the attempt began.</param>
public sealed record PipelineBlock(string Name, string Unit, int Waiting, int Ready, int Capacity, int Parallelism, long Done, double PerSecond, double Utilisation);

/// <summary>
/// How a step's data graph does: <c>pipeline.json</c> in its directory, replaced every second while it runs (rates of the seconds before)
/// and once at its end (rates of the whole attempt). Whatever process runs the step, whoever looks needs the store only.
/// </summary>
/// <param name="Live">Whether the figures are of the last seconds.</param>
/// <param name="Seconds">Since the attempt began.</param>
/// <param name="WaitShare">Share of the time that the trainer waited; null where nothing is trained.</param>
public sealed record PipelineFile(
    bool Live, DateTimeOffset Time, double Seconds, double? WaitShare, long Samples, double SamplesPerSecond, long Faults, IReadOnlyList<PipelineBlock> Blocks,
    string Bottleneck, string Verdict)
{
    const string FileName = "pipeline.json";

    static readonly JsonSerializerOptions Shape = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <param name="whole">Since the attempt began.</param>
    /// <param name="stretch">The part of it that rates and verdict are of.</param>
    public static PipelineFile Of(PipelineState whole, PipelineState stretch, bool live, DateTimeOffset time)
    {
        var verdict = Domain.Pipelines.Bottleneck.Of(stretch);
        return new PipelineFile(
            live, time, whole.Seconds, stretch.WaitShare.MatchUnsafe<double?>(share => share, () => null), whole.Samples, stretch.SamplesPerSecond, whole.Faults,
            [.. stretch.Blocks.Zip(whole.Blocks, (now, all) => new PipelineBlock(
                now.Name, now.Unit, now.Waiting, now.Ready, now.Capacity, now.Parallelism, all.Done,
                stretch.Seconds > 0 ? now.Done / stretch.Seconds : 0, now.Utilisation(stretch.Seconds)))],
            verdict.Block, verdict.Text);
    }

    /// <summary>Replaces the file in one rename, without forcing it to disk: it is for the eye.</summary>
    public void Save(string directory)
    {
        var path = Path.Combine(directory, FileName);
        File.WriteAllText(path + ".partial", JsonSerializer.Serialize(this, Shape));
        File.Move(path + ".partial", path, overwrite: true);
    }

    /// <summary>Null for a step without a data graph, or one that has not begun.</summary>
    public static PipelineFile? Of(string directory)
    {
        try
        {
            return JsonSerializer.Deserialize<PipelineFile>(File.ReadAllText(Path.Combine(directory, FileName)), Shape);
        }
        catch (IOException)
        {
            return null;
        }
    }
}
