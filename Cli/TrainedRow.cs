using System.Globalization;
using Flow.Domain.Models;
using Flow.Domain.Planning;
using Flow.Jobs;

namespace Flow.Cli;

/// <summary>A finished training in the answer of `flow train`: what the rows of its last step say.</summary>
/// <param name="Step">Name of the step, whose directory in the store holds the checkpoint.</param>
/// <param name="ImagesPerSecond">Of the whole training in the attempt that finished it.</param>
public sealed record TrainedRow(
    string Step, string Kind, string Model, long Params, long Steps, long Images, double? Loss, double? LearningRate, double? GradNorm,
    double? ImagesPerSecond, double? TokensPerSecond, double? TrainMacs, double? Mfu, double? PeakMemoryBytes, string Directory)
{
    public static TrainedRow Of(Lab lab, Plan plan, Step step)
    {
        var (model, train) = step.Payload switch
        {
            Payload.Pretrain p => (p.Model, p.Train),
            Payload.FineTune p => (p.Model, p.Train),
            Payload.Upcycle p => (p.Model, null),
            var other => throw new NotSupportedException(other.ToString()),
        };
        var last = Last(lab, step);
        var measured = Measurements.Of(lab.Steps.Open(step.Name.Hex)).Match(Some: found => found.Values, None: () => [])
            .ToDictionary(value => value.Metric, value => value.Value);
        double? rate = measured.TryGetValue("images_per_second", out var found) ? found : null;
        return new TrainedRow(
            step.Name.Hex, Spelled(step.Kind), model.Name, Accounting.Parameters(model).Total, train?.Steps ?? 0, (train?.Steps ?? 0L) * (train?.Batch ?? 0),
            measured.TryGetValue("train_loss", out var loss) ? loss : null, last.GetValueOrDefault("lr"), last.GetValueOrDefault("grad_norm"),
            rate, rate * model.Tokens, last.GetValueOrDefault("train_macs"), measured.TryGetValue("mfu", out var mfu) ? mfu : null,
            last.GetValueOrDefault("peak_memory_bytes"), lab.Steps.Open(step.Name.Hex));
    }

    public static string Text(IReadOnlyList<TrainedRow> rows) => string.Join(Environment.NewLine, rows.Select(row => row.Steps == 0
        ? $"{row.Kind} {row.Model}: {row.Directory}"
        : string.Create(CultureInfo.InvariantCulture,
            $"{row.Kind} {row.Model}, {row.Steps:N0} steps: loss {row.Loss:0.0000}, {row.ImagesPerSecond:0} images/s, {Quantity.Of(row.TrainMacs ?? 0, "MACs")}, MFU {100 * row.Mfu:0} %, peak memory {Quantity.Of(row.PeakMemoryBytes ?? 0, "B")}{Environment.NewLine}  {row.Directory}")));

    static string Spelled(StepKind kind) => kind == StepKind.FineTune ? "fine-tune" : kind.ToString().ToLowerInvariant();

    /// <summary>The metrics of the curve's last step.</summary>
    static Dictionary<string, double?> Last(Lab lab, Step step) => lab.Results.Query(
        $"select metric, max_by(value, optimizer_step) from curves where step = '{step.Name.Hex}' group by metric")
        .Rows.ToDictionary(row => (string)row[0]!, row => (double?)row[1]);
}
