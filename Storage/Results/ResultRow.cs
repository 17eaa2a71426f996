namespace Flow.Storage.Results;

/// <summary>
/// One measured number of a run: what it is, and everything a law may plot it against. Absent is null; never a made-up 0.
/// </summary>
public sealed record ResultRow
{
    public required string Study { get; init; }

    /// <summary>The run's name within its study.</summary>
    public required string Run { get; init; }

    /// <summary>Name of the step that measured it (a content hash).</summary>
    public required string Step { get; init; }

    /// <summary>What the step does: <c>pretrain</c>, <c>finetune</c>, <c>evaluate</c>.</summary>
    public required string Stage { get; init; }

    public required string Metric { get; init; }

    public required double Value { get; init; }

    /// <summary>Unit of the value, e.g. <c>nats</c>, <c>px</c>, <c>1</c>.</summary>
    public string Unit { get; init; } = "1";

    /// <summary>Published name of the architecture, e.g. <c>DiT-a4</c>.</summary>
    public string? Model { get; init; }

    public string? Dataset { get; init; }

    /// <summary>Parameters of the network.</summary>
    public long? Params { get; init; }

    /// <summary>Parameters that one token passes through; equals <see cref="Params"/> for a dense network.</summary>
    public long? ParamsActive { get; init; }

    /// <summary>Perception task that was measured; null for the images themselves.</summary>
    public string? Task { get; init; }

    /// <summary>Denoising steps of the sampler that predicted; null where nothing was sampled.</summary>
    public int? SamplerSteps { get; init; }

    /// <summary>Members of the ensemble that became one prediction.</summary>
    public int? Ensemble { get; init; }

    /// <summary>What else the sampler was, e.g. <c>ddim trailing mean</c>.</summary>
    public string? Sampler { get; init; }

    /// <summary>Multiply-accumulates of one prediction, all denoising steps and ensemble members together.</summary>
    public double? MacsPerImage { get; init; }

    /// <summary>Multiply-accumulates spent on training up to here.</summary>
    public double? TrainMacs { get; init; }

    /// <summary>Images seen in training up to here, repetitions counted.</summary>
    public long? Images { get; init; }

    /// <summary>Patch tokens seen in training up to here.</summary>
    public long? Tokens { get; init; }

    /// <summary>Time on the device, summed over devices.</summary>
    public double? GpuSeconds { get; init; }

    /// <summary>The optimizer step after which it was measured; null for a number of the whole run.</summary>
    public long? OptimizerStep { get; init; }

    public int? Seed { get; init; }

    /// <summary>Version of the program that measured: a commit.</summary>
    public string? Commit { get; init; }

    /// <summary>Tensor engine and its version.</summary>
    public string? Engine { get; init; }

    /// <summary>What it was measured on, e.g. <c>cpu</c>.</summary>
    public string? Device { get; init; }

    /// <summary>Name of the machine.</summary>
    public string? Host { get; init; }

    /// <summary>Fencing number of the attempt; a later attempt's rows supersede (see <see cref="ResultStore"/>).</summary>
    public long Attempt { get; init; }

    /// <summary>Lower and upper end of the value's interval, where it has one.</summary>
    public double? Low { get; init; }

    public double? High { get; init; }

    public required DateTimeOffset Time { get; init; }
}
