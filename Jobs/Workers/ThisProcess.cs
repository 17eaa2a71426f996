using System.Globalization;

namespace Flow.Jobs.Workers;

/// <summary>
/// Names of processes that stay true after they are gone. Two workers with the same place see the same table of processes (same boot, same
/// PID namespace), so that one can tell at once whether the other still lives; of workers elsewhere only their leases tell.
/// </summary>
static class ThisProcess
{
    public static string Place { get; } = $"{Text("/proc/sys/kernel/random/boot_id")} {new FileInfo("/proc/self/ns/pid").LinkTarget}";

    public static string Name { get; } = NameOf(Environment.ProcessId)!;

    /// <summary>Whether a process of this place that had this name still runs.</summary>
    public static bool Lives(string name) => name.Split('/') is [var pid, _] && NameOf(int.Parse(pid, CultureInfo.InvariantCulture)) == name;

    /// <summary>The number and the moment of its start, since numbers are used again; none where there is no such process or a dead one.</summary>
    static string? NameOf(int pid)
    {
        var stat = Text($"/proc/{pid}/stat");
        // After the program's name in brackets, which may contain anything: state is the 3rd field, start time the 22nd.
        var fields = stat[(stat.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return fields.Length > 19 && fields[0] is not "Z" and not "X" ? $"{pid}/{fields[19]}" : null;
    }

    static string Text(string path)
    {
        try
        {
            return File.ReadAllText(path).Trim();
        }
        catch (IOException)
        {
            return "";
        }
    }
}
