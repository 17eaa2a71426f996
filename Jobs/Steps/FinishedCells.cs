using System.Text.Json;
using Flow.Storage.Files;

namespace Flow.Jobs.Steps;

/// <summary>Results of the parts of a long evaluation that are done: an interrupted attempt hands them to the next.</summary>
static class FinishedCells
{
    /// <summary>What part number <paramref name="index"/> measured: from disk, or by measuring it now.</summary>
    public static IReadOnlyList<Measurement> Once(string directory, int index, Func<IReadOnlyList<Measurement>> measure)
    {
        var path = Path.Combine(directory, "cells", $"{index:D4}.json");
        if (File.Exists(path)) return JsonSerializer.Deserialize<List<Measurement>>(File.ReadAllText(path))!;
        var measured = measure();
        AtomicFile.WriteText(path, JsonSerializer.Serialize(measured));
        return measured;
    }
}
