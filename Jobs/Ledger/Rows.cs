namespace Flow.Jobs.Ledger;

/// <summary>A step as whoever looks sees it. Times are milliseconds since 1970, null for what hasn't happened.</summary>
public sealed record StepJob
{
    public string Name { get; init; } = "";

    /// <summary>Identity of the study under which it runs; others may share the step.</summary>
    public string Study { get; init; } = "";

    public string Label { get; init; } = "";

    /// <summary>The kind of step in kebab case: pretrain, evaluate, ...</summary>
    public string Kind { get; init; } = "";

    public Need Need { get; init; }

    public JobState State { get; init; }

    /// <summary>How often it was started.</summary>
    public long Attempt { get; init; }

    /// <summary>How often the machine failed it; five are final.</summary>
    public long Faults { get; init; }

    /// <summary>The number that the holder of the lease writes under; a later holder has a larger one.</summary>
    public long Fence { get; init; }

    public string? Worker { get; init; }

    public string? Device { get; init; }

    public long LeaseMs { get; init; }

    /// <summary>cancel or pause, until its worker has seen it.</summary>
    public string? Wanted { get; init; }

    /// <summary>0 to 1 while it is known.</summary>
    public double? Fraction { get; init; }

    /// <summary>With its unit: "312 images/s".</summary>
    public string? Rate { get; init; }

    public double? EtaSeconds { get; init; }

    public string? Detail { get; init; }

    public long? OptimizerStep { get; init; }

    public double? Loss { get; init; }

    /// <summary>Why it failed, is retried, or was handed back.</summary>
    public string? Message { get; init; }

    /// <summary>Multiply-accumulates of the whole step, and those spent so far; 0 where they are not counted.</summary>
    public double Macs { get; init; }

    public double MacsDone => State == JobState.Done ? Macs : Macs * (Fraction ?? 0);

    public long? StartedMs { get; init; }

    public long? ProgressedMs { get; init; }

    public long? FinishedMs { get; init; }
}

/// <summary>A submitted study, and how many of its steps are where.</summary>
public sealed record StudyJob
{
    /// <summary>The plan's identity, the name of its report step.</summary>
    public string Id { get; init; } = "";

    public string Name { get; init; } = "";

    public Priority Priority { get; init; }

    public long? MaxParallel { get; init; }

    public long SubmittedMs { get; init; }

    public string? RequestedBy { get; init; }

    public long Total { get; init; }

    public long Waiting { get; init; }

    public long Ready { get; init; }

    public long Running { get; init; }

    public long Done { get; init; }

    public long Failed { get; init; }

    public long Cancelled { get; init; }

    public long Paused { get; init; }

    public long Stopped { get; init; }

    public double Macs { get; init; }

    public double MacsDone { get; init; }

    /// <summary>The study as one word: what moves wins, then what went wrong.</summary>
    public JobState State =>
        Running > 0 ? JobState.Running
        : Ready > 0 ? JobState.Ready
        : Failed > 0 ? JobState.Failed
        : Paused > 0 ? JobState.Paused
        : Cancelled > 0 ? JobState.Cancelled
        : Waiting > 0 ? JobState.Waiting
        : JobState.Done;
}

/// <summary>Something that happened to a step: offered, started, done, fault, failed, lost, handed-back, cancelled, paused, retried.</summary>
public sealed record StepEvent
{
    public long Id { get; init; }

    public string Step { get; init; } = "";

    public long AtMs { get; init; }

    public long Attempt { get; init; }

    public string? Worker { get; init; }

    public string What { get; init; } = "";

    public string? Text { get; init; }
}

/// <summary>A process that runs steps.</summary>
public sealed record WorkerJob
{
    public string Id { get; init; } = "";

    public string Host { get; init; } = "";

    public long Pid { get; init; }

    /// <summary>Comma-separated, as are the devices.</summary>
    public string Queues { get; init; } = "";

    public string Devices { get; init; } = "";

    public long StartedMs { get; init; }

    public long BeatMs { get; init; }

    public long? StoppedMs { get; init; }

    /// <summary>alive, silent (no heartbeat for longer than a lease) or stopped.</summary>
    public string State { get; init; } = "";

    public long Running { get; init; }
}
