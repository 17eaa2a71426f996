using Flow.Jobs.Engines;
using Xunit;

namespace Flow.Jobs.Tests.Engines;

/// <summary>Every engine of the build, on both of its stores: with and without PostgreSQL.</summary>
static class EngineContractData
{
    public static TheoryData<string, bool> All()
    {
        var all = new TheoryData<string, bool>();
        foreach (var name in JobEngines.Names)
        {
            all.Add(name, false);
            all.Add(name, true);
        }
        return all;
    }
}
