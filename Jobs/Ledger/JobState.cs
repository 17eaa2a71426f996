namespace Flow.Jobs.Ledger;

/// <summary>Where a step stands. Kept in the ledger by its lower-case name.</summary>
public enum JobState
{
    /// <summary>Something that it reads is not done yet, or the race that its trial is in has not been judged.</summary>
    Waiting,

    /// <summary>May run; offered to the workers.</summary>
    Ready,

    /// <summary>A worker holds its lease.</summary>
    Running,
    Done,
    Failed,
    Cancelled,
    Paused,

    /// <summary>Its trial lost at an earlier rung of successive halving; it will not run.</summary>
    Stopped,
}

/// <summary>What a step needs of a machine, which is also the name of its queue.</summary>
public enum Need
{
    Cpu,

    /// <summary>Training, measuring and predicting: a device to itself, which on a machine without accelerators is a share of its cores.</summary>
    Gpu,
}

/// <summary>Which of the studies that wait goes first.</summary>
public enum Priority
{
    Low,
    Normal,
    High,
}
