namespace TorchSharp;

/// <summary>The kinds of device that libtorch numbers this way.</summary>
public enum DeviceType
{
    CPU = 0,
    CUDA = 1,
    MKLDNN = 2,
    OPENGL = 3,
    OPENCL = 4,
    IDEEP = 5,
    HIP = 6,
    FPGA = 7,
    MSNPU = 8,
    XLA = 9,
    MPS = 13,
    META = 14,
}

public static partial class torch
{
    public static readonly Device CPU = new(DeviceType.CPU);

    public static readonly Device META = new(DeviceType.META);

    public static Device CUDA { get; } = new(DeviceType.CUDA);

    public static Device device(string description) => new(description);

    public static Device device(string deviceType, int index = -1) => new(deviceType, index);

    public static Device device(DeviceType deviceType, int index = -1) => new(deviceType, index);

    public static Device device(int index) => new(DeviceType.CUDA, index);

    /// <summary>Where a tensor lives: "cpu", "cuda", "cuda:1".</summary>
    public class Device
    {
        public DeviceType type { get; }

        /// <summary>-1 stands for the current device of its kind.</summary>
        public int index { get; }

        public Device(string description)
        {
            var parts = description.Split(':');
            type = Parse(parts[0]);
            index = parts.Length > 1 ? int.Parse(parts[1], null) : -1;
        }

        public Device(string deviceType, int index = -1) => (type, this.index) = (Parse(deviceType), index);

        public Device(DeviceType deviceType, int index = -1) => (type, this.index) = (deviceType, index);

        public Device(int index) => (type, this.index) = (DeviceType.CUDA, index);

        static DeviceType Parse(string name) => Enum.TryParse<DeviceType>(name, ignoreCase: true, out var parsed)
            ? parsed
            : throw new ArgumentException($"unknown device '{name}': use cpu, cuda or cuda:0");

        public static implicit operator Device(string description) => new(description);

        public override string ToString() => index >= 0 ? $"{type.ToString().ToLowerInvariant()}:{index}" : type.ToString().ToLowerInvariant();
    }

    public static partial class cuda
    {
        public static bool is_available() => device_count() > 0;

        public static int device_count() => Flow.Torch.Interop.Native.flow_cuda_devices();

        public static void manual_seed(long seed) => torch.manual_seed(seed);

        public static void manual_seed_all(long seed) => torch.manual_seed(seed);

        /// <summary>Waits for what was queued on the device: reading one element back does so.</summary>
        public static void synchronize(Device? device = null)
        {
            if (!is_available()) return;
            using var probe = torch.zeros(1, dtype: ScalarType.Float32, device: device ?? CUDA);
            _ = probe.item<float>();
        }
    }

    public static bool cuda_is_available() => cuda.is_available();
}
