using System.Runtime.InteropServices;

namespace Flow.Storage.Sandbox;

/// <summary>
/// Gives up, for good, what answering a query doesn't need; the kernel holds this process to it whatever runs inside. Limits on memory,
/// processor time and files; no other program, socket or write; files only of the folders named. What this machine lacks is left to
/// DuckDB's own lock, and <see cref="Lacking"/> says so.
/// </summary>
/// <remarks>Files are guarded for the calling thread and the threads that it starts; open the engine on it.</remarks>
static partial class Confinement
{
    const int NoNewPrivileges = 38, Dumpable = 4, ParentDeath = 1, Kill = 9;
    const int CpuSeconds = 0, FileSize = 1, Data = 2, Core = 4, OpenFiles = 7;

    /// <summary>What can't be taken from a process here, and what that leaves open; none where the kernel has all of it.</summary>
    public static IEnumerable<string> Lacking()
    {
        if (Landlock.Version == 0) yield return "Landlock (Linux 5.13 or newer, and a container that allows it): files outside the store are kept from a query by DuckDB alone, which follows links that lead out of it";
        if (!CanFilter) yield return "a filter of system calls (x86-64 only): sockets, other programs and writing are kept from a query by DuckDB alone";
    }

    static bool CanFilter => RuntimeInformation.ProcessArchitecture == Architecture.X64;

    /// <param name="readable">Folders whose files may be read; those that don't exist are left out.</param>
    public static void Apply(IEnumerable<string> readable, SandboxLimits limits)
    {
        _ = prctl(ParentDeath, Kill, 0, 0, 0);
        _ = prctl(Dumpable, 0, 0, 0, 0);
        Limit(CpuSeconds, (ulong)Math.Ceiling(limits.Time.TotalSeconds * limits.Threads) + 5);
        Limit(FileSize, 0);
        Limit(Data, (ulong)limits.ProcessMemoryBytes);
        Limit(Core, 0);
        Limit(OpenFiles, 256);
        if (prctl(NoNewPrivileges, 1, 0, 0, 0) != 0) throw new InvalidOperationException("the kernel lets this process not give up privileges");
        Landlock.Apply(readable);
        if (CanFilter) SystemCallFilter.Apply();
    }

    static void Limit(int resource, ulong most)
    {
        var limit = new ResourceLimit(most, most);
        if (setrlimit(resource, in limit) != 0) throw new InvalidOperationException($"resource {resource} can't be limited to {most}: errno {Marshal.GetLastPInvokeError()}");
    }

    [StructLayout(LayoutKind.Sequential)]
    readonly record struct ResourceLimit(ulong Soft, ulong Hard);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int setrlimit(int resource, in ResourceLimit limit);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int prctl(int option, nuint a, nuint b, nuint c, nuint d);
}
