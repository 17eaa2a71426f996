using Flow.Domain;
using Flow.Jobs.Engines.Quartz;

namespace Flow.Jobs.Engines;

/// <summary>The engines that this build has, by name; the first is the default.</summary>
public static partial class JobEngines
{
    public static IReadOnlyList<string> Names => [.. Known().Select(known => known.Name)];

    /// <param name="name">None for the default.</param>
    /// <param name="server">Connection string of PostgreSQL; none to keep the queues in the store.</param>
    /// <exception cref="BadInputException">This build has no engine of that name.</exception>
    public static IJobEngine Open(string? name, string store, string? server)
    {
        var found = Known().Where(known => name is null || known.Name == name).Select(known => known.Open).FirstOrDefault()
            ?? throw new BadInputException($"--engine: {name} is none of {string.Join(", ", Names)}");
        return found(store, server);
    }

    static IEnumerable<(string Name, Func<string, string?, IJobEngine> Open)> Known()
    {
        var more = new List<(string, Func<string, string?, IJobEngine>)>();
        AddHangfire(more);
        return [.. more, ("quartz", (store, server) => new QuartzEngine(store, server))];
    }

    static partial void AddHangfire(List<(string Name, Func<string, string?, IJobEngine> Open)> engines);
}
