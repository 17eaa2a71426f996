using System.Reflection;
using System.Runtime.InteropServices;

namespace Flow.Torch.Interop;

/// <summary>Finds libflowtorch beside the assembly, after the BLAS that libtorch will resolve its matrix products to.</summary>
internal static class LibraryLoader
{
    static int registered;

    internal static void Register()
    {
        if (Interlocked.Exchange(ref registered, 1) == 0)
            NativeLibrary.SetDllImportResolver(typeof(LibraryLoader).Assembly, Resolve);
    }

    static nint Resolve(string name, Assembly assembly, DllImportSearchPath? searchPath)
    {
        if (name != "flowtorch") return 0;
        Blas.Prepare();
        var folder = Path.GetDirectoryName(assembly.Location);
        var file = Path.Combine(string.IsNullOrEmpty(folder) ? AppContext.BaseDirectory : folder, "libflowtorch.so");
        if (!File.Exists(file))
            throw new DllNotFoundException($"{file} is missing: run Torch/native/build.sh, then build again");
        return NativeLibrary.Load(file);
    }
}
