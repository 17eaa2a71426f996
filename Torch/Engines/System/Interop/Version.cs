using System.Globalization;
using System.Runtime.InteropServices;

namespace Flow.Torch.Interop;

/// <summary>The version of the libtorch that the native part was built against.</summary>
internal static class Version
{
    internal static readonly string Text = Marshal.PtrToStringUTF8(Native.flow_torch_version())!;

    static readonly int[] Parts = [.. Text.Split('.', '+').Take(2).Select(part => int.Parse(part, CultureInfo.InvariantCulture))];

    internal static bool AtLeast(int major, int minor) => Parts[0] > major || (Parts[0] == major && Parts[1] >= minor);
}
