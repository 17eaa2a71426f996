using System.Collections.Immutable;
using System.Text.Json;
using Flow.Domain.Diffusion;
using Flow.TestData;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Flow.Training.Tests.Diffusion;

public sealed class NoiseScheduleTests
{
    public static IEnumerable<object[]> F64Files => GoldenCases.Files("diffusion_schedule*_f64.safetensors");

    public static IEnumerable<object[]> F32Files =>
        GoldenCases.Files("diffusion_schedule*.safetensors").Where(file => !((string)file[0]).EndsWith("_f64.safetensors", StringComparison.Ordinal));

    public static IEnumerable<object[]> RespaceFiles => GoldenCases.Files("diffusion_respace*.safetensors");

    public static IEnumerable<object[]> DdimFiles => GoldenCases.Files("ddim_schedule*.safetensors");

    static readonly Dictionary<string, Func<NoiseSchedule, IEnumerable<double>>> Arrays = new()
    {
        ["betas"] = s => s.Beta,
        ["alphas_cumprod"] = s => s.AlphaBar,
        ["alphas_cumprod_prev"] = s => s.AlphaBarPrev,
        ["alphas_cumprod_next"] = s => s.AlphaBarNext,
        ["sqrt_alphas_cumprod"] = s => s.AlphaBar.Select(Math.Sqrt),
        ["sqrt_one_minus_alphas_cumprod"] = s => s.AlphaBar.Select(a => Math.Sqrt(1 - a)),
        ["log_one_minus_alphas_cumprod"] = s => s.AlphaBar.Select(a => Math.Log(1 - a)),
        ["sqrt_recip_alphas_cumprod"] = s => s.AlphaBar.Select(a => Math.Sqrt(1 / a)),
        ["sqrt_recipm1_alphas_cumprod"] = s => s.AlphaBar.Select(a => Math.Sqrt(1 / a - 1)),
        ["posterior_variance"] = s => s.PosteriorVariance,
        ["posterior_log_variance_clipped"] = s => s.PosteriorLogVariance,
        ["posterior_mean_coef1"] = s => s.PosteriorMeanX0,
        ["posterior_mean_coef2"] = s => s.PosteriorMeanXt,
    };

    [GoldenTheory]
    [MemberData(nameof(F64Files))]
    public void EveryArray_IsTheReferenceInDouble(string file)
    {
        var golden = GoldenFile.Open(file);
        // 1e-12 relative: both sides are double; only the order of a few roundings may differ
        foreach (var name in golden.Names) AssertClose(golden.Doubles(name), ArrayNamed(name), 1e-12, name);
    }

    [GoldenTheory]
    [MemberData(nameof(F32Files))]
    public void MainArrays_RoundToTheReferencesFloats(string file)
    {
        var golden = GoldenFile.Open(file);
        foreach (var name in golden.Names) AssertClose(golden.Floats(name), ArrayNamed(name), 1e-6, name);
    }

    [GoldenTheory]
    [MemberData(nameof(RespaceFiles))]
    public void Respacing_KeepsTheReferencesStepsAndBetas(string file)
    {
        var golden = GoldenFile.Open(file);
        foreach (var name in golden.Names.Where(n => n.EndsWith(".timestep_map", StringComparison.Ordinal)))
        {
            var notation = name[..^".timestep_map".Length];
            var schedule = NoiseSchedule.Linear(1000).Respace(Parsed(notation, 1000));
            Assert.Equal(golden.Longs(name), schedule.Timesteps.Select(t => (long)t));
            foreach (var array in new[] { "betas", "alphas_cumprod", "alphas_cumprod_prev", "posterior_log_variance_clipped" })
                AssertClose(golden.Floats($"{notation}.{array}"), Arrays[array](schedule), 1e-6, $"{notation}.{array}");
        }
        foreach (var name in golden.Names.Where(n => n.StartsWith('t') && n.Contains('_')))
        {
            var numbers = name[1..].Split('_');
            Assert.Equal(golden.Longs(name), Parsed(string.Join(',', numbers[1..]), int.Parse(numbers[0])).Order().Select(t => (long)t));
        }
    }

    [Theory]
    [InlineData("ddim600")]
    [InlineData("ddim0")]
    [InlineData("ddim")]
    [InlineData("2000")]
    [InlineData("600,10")]
    [InlineData("ten")]
    [InlineData("10,,5")]
    public void Respacing_RefusesWhatTheReferenceCannotMake(string notation) =>
        Assert.True(Respacing.Parse(notation, 1000).IsLeft);

    [GoldenTheory]
    [MemberData(nameof(DdimFiles))]
    public void DiffusersSchedules_AreReproduced(string file)
    {
        var golden = GoldenFile.Open(file);
        foreach (var (name, schedule) in DiffusersSchedules(golden))
        {
            // 2e-5: the reference multiplies in fp32, one factor after the other
            AssertClose(golden.Floats($"{name}.betas"), schedule.Beta, 2e-5, name);
            AssertClose(golden.Floats($"{name}.alphas_cumprod"), schedule.AlphaBar, 2e-5, name);
            foreach (var list in golden.Names.Where(n => n.StartsWith($"{name}.timesteps.", StringComparison.Ordinal)))
            {
                var parts = list.Split('.');
                var spacing = Enum.Parse<TimestepSpacing>(parts[2].Split('_')[0], ignoreCase: true);
                var offset = parts[2].Contains("_offset") ? int.Parse(parts[2].Split("_offset")[1]) : 0;
                // numpy's arange sometimes ends with one entry too many, -1, which names no timestep
                Assert.Equal(golden.Longs(list).Where(t => t >= 0), Respacing.Spaced(spacing, 1000, int.Parse(parts[3]), offset).Select(t => (long)t));
            }
        }
    }

    [Fact]
    public void Respacing_KeepsAlphaBarOfTheKeptSteps() =>
        Prop.ForAll(Gen.Choose(1, 1000).ToArbitrary(), Gen.Elements(Enum.GetValues<TimestepSpacing>()).ToArbitrary(), (steps, spacing) =>
        {
            var full = NoiseSchedule.Cosine(1000);
            var kept = Respacing.Spaced(spacing, 1000, steps);
            var respaced = full.Respace(kept);
            return kept.Length == steps && respaced.Count == steps
                && respaced.Timesteps.SequenceEqual(kept.Reverse())
                && respaced.Timesteps.Select((t, i) => Math.Abs(full.AlphaBar[t] - respaced.AlphaBar[i])).Max() < 1e-12;
        }).Check(PropertySeed.Config);

    [Fact]
    public void ZeroTerminalSnr_EndsInPureNoiseAndKeepsTheFirstStep()
    {
        var (before, after) = (NoiseSchedule.ScaledLinear(1000), NoiseSchedule.ScaledLinear(1000).WithZeroTerminalSnr());
        Assert.Equal(0.0, after.AlphaBar[^1]);
        Assert.Equal(before.AlphaBar[0], after.AlphaBar[0], 12);
    }

    /// <summary>The schedulers that a ddim file's metadata describes, by diffusers' constructor arguments.</summary>
    internal static IEnumerable<(string Name, NoiseSchedule Schedule)> DiffusersSchedules(GoldenFile golden)
    {
        using var schedulers = JsonDocument.Parse(golden.Metadata["schedulers"]);
        foreach (var scheduler in schedulers.RootElement.EnumerateObject().Select(s => (s.Name, Config: s.Value.Clone())))
        {
            double Number(string key, double otherwise) => scheduler.Config.TryGetProperty(key, out var v) ? v.GetDouble() : otherwise;
            var (first, last) = (Number("beta_start", 1e-4), Number("beta_end", 0.02));
            var steps = (int)Number("num_train_timesteps", 1000);
            var schedule = scheduler.Config.GetProperty("beta_schedule").GetString() switch
            {
                "linear" => NoiseSchedule.Linear(steps, first, last),
                "scaled_linear" => NoiseSchedule.ScaledLinear(steps, first, last),
                "squaredcos_cap_v2" => NoiseSchedule.Cosine(steps),
                var other => throw new InvalidDataException($"unknown beta_schedule {other}"),
            };
            var zeroSnr = scheduler.Config.TryGetProperty("rescale_betas_zero_snr", out var z) && z.GetBoolean();
            yield return (scheduler.Name, zeroSnr ? schedule.WithZeroTerminalSnr() : schedule);
        }
    }

    /// <summary>An array by a golden file's name of it, SCHEDULE.STEPS.ARRAY.</summary>
    static IEnumerable<double> ArrayNamed(string name)
    {
        var parts = name.Split('.');
        var steps = int.Parse(parts[1]);
        return Arrays[parts[2]](parts[0] switch
        {
            "linear" => NoiseSchedule.Linear(steps),
            "squaredcos_cap_v2" => NoiseSchedule.Cosine(steps),
            var other => throw new InvalidDataException($"unknown schedule {other}"),
        });
    }

    internal static ImmutableArray<int> Parsed(string notation, int timesteps) =>
        Respacing.Parse(notation, timesteps).Match(Right: steps => steps, Left: error => throw new ArgumentException(error.ToString()));

    static void AssertClose(IReadOnlyList<float> want, IEnumerable<double> got, double relative, string what) =>
        AssertClose([.. want.Select(w => (double)w)], got, relative, what);

    static void AssertClose(IReadOnlyList<double> want, IEnumerable<double> got, double relative, string what)
    {
        var values = got.ToArray();
        Assert.Equal(want.Count, values.Length);
        for (var i = 0; i < values.Length; i++)
            Assert.True(Math.Abs(values[i] - want[i]) <= relative * want.Max(Math.Abs), $"{what}[{i}]: {values[i]} instead of {want[i]}");
    }
}
