using System.Globalization;
using FsCheck;

namespace Flow.TestData;

/// <summary>
/// From which numbers property tests draw their cases: the same in every run, so that a run says something about the change and nothing
/// about luck. FLOW_TEST_SEED=n draws others, and FLOW_TEST_SEED=random new ones each time, to hunt for what no run has seen yet.
/// </summary>
public static class PropertySeed
{
    const ulong Usual = 20_251_128;

    /// <summary>A hundred cases; the first that fails is thrown, shrunk, with its seed.</summary>
    public static Config Config { get; } = Environment.GetEnvironmentVariable("FLOW_TEST_SEED") switch
    {
        null or "" => From(Usual),
        "random" => Config.QuickThrowOnFailure,
        var given => From(ulong.Parse(given, CultureInfo.InvariantCulture)),
    };

    // The second number of a generator that splits must be odd.
    static Config From(ulong seed) => Config.QuickThrowOnFailure.WithReplay(seed, 0x9E3779B97F4A7C15);
}
