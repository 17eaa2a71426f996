using System.Reflection;

namespace Flow.Jobs;

/// <summary>How to start this program once more.</summary>
public static class ThisProgram
{
    /// <summary>Program and first words, whether it was started by `dotnet` or by itself.</summary>
    public static IReadOnlyList<string> Command
    {
        get
        {
            var program = Environment.ProcessPath ?? throw new InvalidOperationException("this program has no path");
            return Path.GetFileNameWithoutExtension(program) == "dotnet" ? [program, Assembly.GetEntryAssembly()!.Location] : [program];
        }
    }
}
