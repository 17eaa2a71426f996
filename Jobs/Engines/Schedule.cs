namespace Flow.Jobs.Engines;

/// <summary>What becomes of firings that were due while nobody could fire them.</summary>
public enum Misfire
{
    /// <summary>However many were missed, one is made up for.</summary>
    Once,

    /// <summary>They are gone; the next one comes when it is due.</summary>
    Skip,
}

/// <summary>Something that recurs.</summary>
/// <param name="Cron">Five fields: minute, hour, day of month, month, day of week.</param>
/// <param name="TimeZone">IANA name of the zone that the fields are in.</param>
public sealed record Schedule(string Name, string Cron, string TimeZone, Misfire Misfire)
{
    /// <summary>One line, for engines that keep a text beside what they fire.</summary>
    public string ToLine() => $"{Misfire} {TimeZone} {Cron}";

    public static Schedule Read(string name, string line) =>
        line.Split(' ', 3) is [var misfire, var zone, var cron] ? new Schedule(name, cron, zone, Enum.Parse<Misfire>(misfire)) : throw new FormatException($"schedule {name}: '{line}'");
}
