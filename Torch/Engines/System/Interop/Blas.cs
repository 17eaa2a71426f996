using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace Flow.Torch.Interop;

/// <summary>
/// Chooses the BLAS before libtorch is loaded. Debian's libtorch calls sgemm_ of whatever libblas.so.3 stands for, which may be the
/// reference BLAS (30 to 60 times slower). A library loaded before with global symbols wins over it, so OpenBLAS is loaded first, with
/// its core type chosen by this CPU's flags: left alone, OpenBLAS 0.3.21 takes AVX2 kernels on AMD CPUs that have AVX-512 (half the speed).
/// </summary>
internal static partial class Blas
{
    const int Now = 2, Global = 0x100;

    /// <summary>The library that was preloaded, or null where none of the known ones is installed (a libtorch with its own MKL needs none).</summary>
    internal static string? Preloaded { get; private set; }

    /// <summary>The core type that OpenBLAS was told to use, or null where it chooses itself.</summary>
    internal static string? CoreType { get; private set; }

    internal static void Prepare()
    {
        if (Environment.GetEnvironmentVariable("LIBTORCH") is { Length: > 0 }) return;
        CoreType = Environment.GetEnvironmentVariable("OPENBLAS_CORETYPE") ?? FastCore();
        // oneDNN 2.6 dies of an illegal instruction in bfloat16 products where a virtual machine shows AMX but does not let it run.
        _ = setenv("ONEDNN_MAX_CPU_ISA", "AVX512_CORE_BF16", 0);
        if (CoreType is not null) _ = setenv("OPENBLAS_CORETYPE", CoreType, 0);
        foreach (var folder in new[] { "openblas-openmp", "openblas-pthread" })
        {
            var file = $"/usr/lib/{Multiarch}/{folder}/libopenblas.so.0";
            if (!File.Exists(file) || dlopen(file, Now | Global) == 0) continue;
            Preloaded = file;
            return;
        }
    }

    static string Multiarch => RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "aarch64-linux-gnu" : "x86_64-linux-gnu";

    static string? FastCore() =>
        Avx512F.IsSupported && Avx512BW.IsSupported && Avx512DQ.IsSupported ? "SkylakeX"
        : Avx2.IsSupported && Fma.IsSupported ? "Haswell"
        : null;

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)] private static partial int setenv(string name, string value, int overwrite);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)] private static partial nint dlopen(string file, int flags);
}
