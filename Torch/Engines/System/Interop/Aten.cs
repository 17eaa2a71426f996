using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Flow.Torch.Interop;

/// <summary>Calls ATen operators by the name of their schema ("add.Tensor"); left-out trailing arguments take the schema's defaults.</summary>
internal static class Aten
{
    const int PoolOnStack = 128;

    static readonly ConcurrentDictionary<string, nint> Operators = new();

    /// <summary>Calls an operator that returns one tensor.</summary>
    internal static Tensor Call(string name, params ReadOnlySpan<Arg> arguments) => new(Invoke(name, arguments)[0].Pointer);

    /// <summary>Calls an operator that changes its first argument, and gives that argument back.</summary>
    internal static Tensor InPlace(string name, Tensor self, params ReadOnlySpan<Arg> arguments)
    {
        Span<Arg> all = new Arg[arguments.Length + 1];
        all[0] = self;
        arguments.CopyTo(all[1..]);
        foreach (var result in Invoke(name, all)) Native.flow_tensor_free(result.Pointer);
        return self;
    }

    /// <summary>Calls an operator that returns two tensors.</summary>
    internal static (Tensor, Tensor) Call2(string name, params ReadOnlySpan<Arg> arguments)
    {
        var results = Invoke(name, arguments);
        return (new(results[0].Pointer), new(results[1].Pointer));
    }

    /// <summary>Calls an operator that returns a list of tensors, or several, of which some may be undefined (null).</summary>
    internal static Tensor?[] CallMany(string name, params ReadOnlySpan<Arg> arguments)
    {
        var results = Invoke(name, arguments);
        var tensors = new Tensor?[results.Length];
        for (var i = 0; i < tensors.Length; i++) tensors[i] = results[i].Pointer == 0 ? null : new(results[i].Pointer);
        return tensors;
    }

    internal static bool CallBool(string name, params ReadOnlySpan<Arg> arguments) => Invoke(name, arguments)[0].Integer != 0;

    /// <summary>Calls an operator that returns a number: (kind, its bits).</summary>
    internal static Value CallScalar(string name, params ReadOnlySpan<Arg> arguments) => Invoke(name, arguments)[0];

    // The results lie in memory of this thread until its next call, so they are read at once.
    static unsafe ReadOnlySpan<Value> Invoke(string name, ReadOnlySpan<Arg> arguments)
    {
        var words = 0;
        foreach (ref readonly var argument in arguments) words += argument.Words;
        var onHeap = words > PoolOnStack ? (long*)NativeMemory.Alloc((nuint)words, sizeof(long)) : null;
        try
        {
            var onStack = stackalloc long[onHeap is null ? words : 0];
            var values = stackalloc Value[arguments.Length];
            var pool = onHeap is null ? onStack : onHeap;
            for (var i = 0; i < arguments.Length; i++)
            {
                values[i] = arguments[i].Lower(pool);
                pool += arguments[i].Words;
            }
            Native.Check(Native.flow_op_call(Find(name), values, arguments.Length, out var results, out var count));
            foreach (ref readonly var argument in arguments) argument.KeepAlive();
            return new(results, count);
        }
        finally
        {
            NativeMemory.Free(onHeap);
        }
    }

    static nint Find(string name) => Operators.TryGetValue(name, out var known) ? known : Operators.GetOrAdd(name, static missing =>
    {
        Native.Check(Native.flow_op_find(missing, out var op));
        return op;
    });
}
