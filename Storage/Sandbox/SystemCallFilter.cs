using System.Runtime.InteropServices;

namespace Flow.Storage.Sandbox;

/// <summary>
/// A seccomp filter (seccomp(2)) for all threads of this process, on x86-64: calls that reach other processes, the network, the machine's
/// settings or the disk for writing answer "not permitted". Threads may be started, processes not.
/// </summary>
static partial class SystemCallFilter
{
    const uint ArchitectureX64 = 0xC000003E, X32 = 0x40000000;
    const uint Allow = 0x7FFF0000, NotPermitted = 0x00050001, NotKnown = 0x00050026, KillProcess = 0x80000000;
    const ushort Load = 0x20, JumpIfEqual = 0x15, JumpIfAtLeast = 0x35, JumpIfAnySet = 0x45, Return = 0x06;
    const uint Number = 0, Architecture = 4, FirstArgument = 16, SecondArgument = 24, ThirdArgument = 32;
    const uint WriteCreateTruncate = 0x1 | 0x2 | 0x40 | 0x200;
    const uint Clone = 56, Clone3 = 435, Thread = 0x10000;
    const long Seccomp = 317;

    static readonly uint[] Forbidden =
    [
        41, 42, 43, 49, 50, 53, 288, // socket, connect, accept, bind, listen, socketpair, accept4
        57, 58, 59, 322, // fork, vfork, execve, execveat
        62, 101, 129, 297, 310, 311, 424, 434, 438, // kill, ptrace, rt_(tg)sigqueueinfo, process_vm_readv/writev, pidfds
        76, 77, 285, 82, 83, 84, 85, 86, 87, 88, 264, 316, 258, 263, 265, 266, 437, // (f)truncate, fallocate, rename, mkdir, rmdir, creat, link, unlink, symlink, openat2
        90, 91, 92, 93, 94, 133, 161, 165, 166, 259, 260, 268, 452, // modes and owners, mknod, chroot, mount
        132, 188, 189, 190, 197, 198, 199, 235, 261, 280, // times and attributes of files
        155, 163, 164, 167, 168, 169, 170, 171, 172, 173, 175, 176, 179, 227, 246, 313, 320, 428, 429, 430, 431, 432, 433, 442, // the machine: roots, clocks, names, modules, mounts
        29, 64, 68, 240, 319, // shared memory, semaphores, message queues, memfd_create
        248, 249, 250, 272, 298, 304, 308, 321, 323, 425, 426, 427, // keys, unshare, perf, handles, setns, bpf, userfaultfd, io_uring
    ];

    /// <summary>open and openat, with the argument that says for what.</summary>
    static readonly (uint Call, uint Flags)[] Opening = [(2, SecondArgument), (257, ThirdArgument)];

    public static void Apply()
    {
        var program = Program();
        if (Install(program) != 0) throw new InvalidOperationException(
            $"no query is answered here: this machine refuses to filter the sandbox's system calls (seccomp, errno {Marshal.GetLastPInvokeError()}); run the server where seccomp(2) is allowed");
    }

    static Instruction[] Program()
    {
        List<Instruction> program =
        [
            new(Load, 0, 0, Architecture), new(JumpIfEqual, 1, 0, ArchitectureX64), new(Return, 0, 0, KillProcess),
            new(Load, 0, 0, Number), new(JumpIfAtLeast, 0, 1, X32), new(Return, 0, 0, NotPermitted),
        ];
        foreach (var call in Forbidden) program.AddRange([new(JumpIfEqual, 0, 1, call), new(Return, 0, 0, NotPermitted)]);
        // Where clone3 is not known, the C library starts a thread by clone, whose flags can be looked at.
        program.AddRange([new(JumpIfEqual, 0, 1, Clone3), new(Return, 0, 0, NotKnown)]);
        program.AddRange([new(JumpIfEqual, 0, 4, Clone), new(Load, 0, 0, FirstArgument), new(JumpIfAnySet, 1, 0, Thread), new(Return, 0, 0, NotPermitted), new(Return, 0, 0, Allow)]);
        foreach (var (call, flags) in Opening)
            program.AddRange([new(JumpIfEqual, 0, 4, call), new(Load, 0, 0, flags), new(JumpIfAnySet, 0, 1, WriteCreateTruncate), new(Return, 0, 0, NotPermitted), new(Return, 0, 0, Allow)]);
        program.Add(new(Return, 0, 0, Allow));
        return [.. program];
    }

    static unsafe long Install(Instruction[] program)
    {
        const int setFilter = 1, allThreads = 1;
        fixed (Instruction* first = program)
        {
            var filter = new Filter((ushort)program.Length, (nint)first);
            return syscall(Seccomp, setFilter, allThreads, (nint)(&filter));
        }
    }

    [StructLayout(LayoutKind.Sequential)]
    readonly record struct Instruction(ushort Code, byte IfTrue, byte IfFalse, uint Value);

    [StructLayout(LayoutKind.Sequential)]
    readonly record struct Filter(ushort Length, nint First);

    [LibraryImport("libc", SetLastError = true)]
    private static partial long syscall(long number, nint a, nint b, nint c);
}
