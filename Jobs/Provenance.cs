using System.Reflection;
using System.Text.Json;
using Flow.Storage.Files;
using Flow.Torch;
using LanguageExt;

namespace Flow.Jobs;

/// <summary>What made a step's numbers, written into its directory when an attempt begins.</summary>
/// <param name="Commit">Of the program; empty where it was built outside a repository.</param>
/// <param name="Engine">Tensor engine with the version of libtorch.</param>
/// <param name="Device">What the tensors lie on.</param>
/// <param name="Processors">Threads that the machine can run at once.</param>
public sealed record Provenance(string Commit, string Engine, string Device, string Host, int Processors, string Runtime, long Attempt, DateTimeOffset Began)
{
    const string FileName = "provenance.json";
    const int ShownDigits = 12;

    static readonly string BuiltFrom = typeof(Provenance).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+') is [_, var commit]
        ? commit[..Math.Min(ShownDigits, commit.Length)]
        : "";

    /// <summary>Of this process.</summary>
    public static Provenance Here(long attempt, string device)
    {
        var engine = TensorEngine.Current.Info;
        return new Provenance(
            BuiltFrom, $"{engine.Engine} {engine.LibTorch}", device, Environment.MachineName, Environment.ProcessorCount,
            System.Runtime.InteropServices.RuntimeInformation.FrameworkDescription, attempt, DateTimeOffset.UtcNow);
    }

    public void Save(string directory) => AtomicFile.WriteText(Path.Combine(directory, FileName), JsonSerializer.Serialize(this));

    /// <summary>Nothing for a step that an earlier version ran.</summary>
    public static Option<Provenance> Of(string directory)
    {
        var path = Path.Combine(directory, FileName);
        return File.Exists(path) ? JsonSerializer.Deserialize<Provenance>(File.ReadAllText(path))! : Option<Provenance>.None;
    }
}
