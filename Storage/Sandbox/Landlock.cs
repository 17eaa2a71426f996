using System.Runtime.InteropServices;

namespace Flow.Storage.Sandbox;

/// <summary>Linux' Landlock (Documentation/userspace-api/landlock.rst): from here on this thread opens files only beneath the folders named, for reading.</summary>
static partial class Landlock
{
    const long CreateRuleset = 444, AddRule = 445, RestrictSelf = 446;
    const int VersionOnly = 1;
    const int PathBeneath = 1, PathOnly = 0x200000, CloseOnExec = 0x80000;

    // Rights over files by the version that brought them: 13 in the first, then moving, truncating, and device controls.
    const ulong First = (1 << 13) - 1, Refer = 1 << 13, Truncate = 1 << 14, DeviceControl = 1 << 15;
    const ulong Execute = 1 << 0, ReadFile = 1 << 2, ReadFolder = 1 << 3;
    const ulong BindTcp = 1, ConnectTcp = 2;

    /// <summary>What the kernel has of it; 0 where it has none or a container does not allow it.</summary>
    public static long Version => Math.Max(0, syscall(CreateRuleset, 0, 0, VersionOnly));

    public static void Apply(IEnumerable<string> readable)
    {
        var version = Version;
        if (version == 0) return;
        var all = First | (version >= 2 ? Refer : 0) | (version >= 3 ? Truncate : 0) | (version >= 5 ? DeviceControl : 0);
        var attributes = new RulesetAttributes(all, version >= 4 ? BindTcp | ConnectTcp : 0);
        var ruleset = (int)Checked(Create(in attributes, version >= 4 ? 16 : 8));
        foreach (var folder in readable.Where(Path.Exists)) Allow(ruleset, folder);
        Checked(syscall(RestrictSelf, ruleset, 0, 0));
        _ = close(ruleset);
    }

    static void Allow(int ruleset, string path)
    {
        var parent = open(path, PathOnly | CloseOnExec);
        if (parent < 0) return;
        var rule = new Beneath(Directory.Exists(path) ? Execute | ReadFile | ReadFolder : Execute | ReadFile, parent);
        Checked(Add(ruleset, in rule));
        _ = close(parent);
    }

    static unsafe long Create(in RulesetAttributes attributes, nint size)
    {
        fixed (RulesetAttributes* at = &attributes) return syscall(CreateRuleset, (nint)at, size, 0);
    }

    static unsafe long Add(int ruleset, in Beneath rule)
    {
        fixed (Beneath* at = &rule) return syscall(AddRule, ruleset, PathBeneath, (nint)at);
    }

    static long Checked(long answer) => answer >= 0 ? answer : throw new InvalidOperationException($"Landlock refused: errno {Marshal.GetLastPInvokeError()}");

    [StructLayout(LayoutKind.Sequential)]
    readonly record struct RulesetAttributes(ulong Files, ulong Network);

    [StructLayout(LayoutKind.Sequential, Pack = 1)]
    readonly record struct Beneath(ulong Allowed, int Parent);

    [LibraryImport("libc", SetLastError = true)]
    private static partial long syscall(long number, nint a, nint b, nint c, nint d = 0);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags);

    [LibraryImport("libc")]
    private static partial int close(int handle);
}
