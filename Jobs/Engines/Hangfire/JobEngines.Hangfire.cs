namespace Flow.Jobs.Engines;

public static partial class JobEngines
{
    static partial void AddHangfire(List<(string Name, Func<string, string?, IJobEngine> Open)> engines) =>
        engines.Add(("hangfire", (store, server) => new Hangfire.HangfireEngine(store, server)));
}
