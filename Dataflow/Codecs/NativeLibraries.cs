using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Flow.Dataflow.Codecs;

/// <summary>Finds the system's codec libraries under the names that distributions give them.</summary>
static class NativeLibraries
{
    public const string TurboJpeg = "turbojpeg";
    public const string Hdf5 = "hdf5";

    /// <summary>Debian's serial build of HDF5 has a name of its own; 103 is 1.10, 200 is 1.12, 310 is 1.14.</summary>
    static readonly string[] Hdf5Names = ["libhdf5_serial.so.103", "libhdf5_serial.so.310", "libhdf5.so.103", "libhdf5.so.200", "libhdf5.so.310", "libhdf5.so"];

    static readonly string[] TurboJpegNames = ["libturbojpeg.so.0", "libturbojpeg.so"];

    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255", Justification = "The names must be known before the first native call of any codec.")]
    internal static void Register() => NativeLibrary.SetDllImportResolver(typeof(NativeLibraries).Assembly, (name, _, _) => name switch
    {
        TurboJpeg => Load(TurboJpegNames, "libturbojpeg0"),
        Hdf5 => LoadHdf5(),
        _ => 0,
    });

    public static nint LoadHdf5() => Load(Hdf5Names, "libhdf5-103-1");

    static nint Load(string[] names, string package)
    {
        foreach (var name in names)
            if (NativeLibrary.TryLoad(name, Assembly.GetExecutingAssembly(), null, out var handle)) return handle;
        throw new DllNotFoundException($"none of {string.Join(", ", names)} was found: install the system package {package}");
    }
}
