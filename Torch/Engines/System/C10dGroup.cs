using Flow.Torch.Interop;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Flow.Torch;

/// <summary>A data-parallel group over libtorch's c10d: with gloo on CPUs, with nccl on CUDA devices, of one or several machines.</summary>
sealed class C10dGroup : IProcessGroup
{
    nint group;

    internal C10dGroup(MeetingPoint at, int rank, int size, Device device)
    {
        (Rank, Size) = (rank, size);
        Native.Check(Native.flow_group_join(at.Port == 0 ? at.FileOrHost : null, at.Port == 0 ? null : at.FileOrHost, at.Port, rank, size, (long)at.Timeout.TotalMilliseconds, (long)at.Patience.TotalMilliseconds, (sbyte)device.type, (sbyte)device.index, out group));
    }

    ~C10dGroup() => Leave();

    public int Rank { get; }

    public int Size { get; }

    nint Group => group != 0 ? group : throw new ObjectDisposedException(nameof(C10dGroup));

    public unsafe void AverageGradients(IReadOnlyList<Parameter> parameters)
    {
        nint[] handles = [.. parameters.Select(parameter => parameter.Handle)];
        fixed (nint* first = handles) Native.Check(Native.flow_group_average_gradients(Group, first, handles.Length));
        GC.KeepAlive(parameters);
    }

    public void Sum(Tensor tensor) => Native.Check(Native.flow_group_sum(Group, tensor.Handle));

    public unsafe void Broadcast(IReadOnlyList<Tensor> tensors, int root = 0)
    {
        nint[] handles = [.. tensors.Select(tensor => tensor.Handle)];
        fixed (nint* first = handles) Native.Check(Native.flow_group_broadcast(Group, first, handles.Length, root));
        GC.KeepAlive(tensors);
    }

    public void Dispose()
    {
        Leave();
        GC.SuppressFinalize(this);
    }

    void Leave()
    {
        var left = Interlocked.Exchange(ref group, 0);
        if (left != 0) Native.flow_group_leave(left);
    }
}
