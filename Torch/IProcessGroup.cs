using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Flow.Torch;

/// <summary>
/// The workers of one data-parallel run, as one of them sees it. Every worker must call the same functions in the same order. When
/// another worker is gone, a call fails with an ExternalException at once or after the group's timeout.
/// </summary>
public interface IProcessGroup : IDisposable
{
    /// <summary>This worker's number, from 0.</summary>
    int Rank { get; }

    /// <summary>How many workers there are.</summary>
    int Size { get; }

    /// <summary>Replaces every gradient by its mean over the workers, in one message; a missing gradient counts as zeros.</summary>
    void AverageGradients(IReadOnlyList<Parameter> parameters);

    /// <summary>Replaces the elements by their sum over the workers.</summary>
    void Sum(Tensor tensor);

    /// <summary>Replaces the elements by those of one worker.</summary>
    void Broadcast(IReadOnlyList<Tensor> tensors, int root = 0);
}

/// <summary>
/// Where workers meet: a file on a disk they share (new for each attempt), or HOST:PORT on which rank 0 listens. Timeout bounds the wait
/// for others at the start, Patience that in every call.
/// </summary>
public sealed record MeetingPoint(string FileOrHost, int Port = 0)
{
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(20);

    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>"host:port", or a file's path.</summary>
    public static MeetingPoint Parse(string text)
    {
        var colon = text.LastIndexOf(':');
        return colon > 0 && int.TryParse(text.AsSpan(colon + 1), out var port) ? new(text[..colon], port) : new(text);
    }
}

/// <summary>A group of one: nothing to exchange.</summary>
public sealed class SingleWorker : IProcessGroup
{
    public int Rank => 0;

    public int Size => 1;

    public void AverageGradients(IReadOnlyList<Parameter> parameters)
    {
        // The mean over one worker is its own gradient.
    }

    public void Sum(Tensor tensor)
    {
        // The sum over one worker is its own tensor.
    }

    public void Broadcast(IReadOnlyList<Tensor> tensors, int root = 0)
    {
        // There is nobody else to tell.
    }

    public void Dispose()
    {
        // Nothing is held.
    }
}
