using Flow.Torch.Interop;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>Until it is disposed, operations on this thread record no gradients.</summary>
    public static IDisposable no_grad() => new GradMode(false);

    public static IDisposable enable_grad(bool enabled = true) => new GradMode(enabled);

    public static IDisposable set_grad_enabled(bool mode = true) => new GradMode(mode);

    public static bool is_grad_enabled() => Native.flow_grad_mode() != 0;

    /// <summary>Until it is disposed, tensors made on this thread can never take part in autograd; faster than no_grad.</summary>
    public static IDisposable inference_mode(bool mode = true) => new InferenceMode(mode);

    public static bool is_inference_mode_enabled() => Native.flow_inference_mode() != 0;

    sealed class GradMode : IDisposable
    {
        readonly int before = Native.flow_grad_mode();

        internal GradMode(bool enabled) => Native.flow_set_grad_mode(enabled ? 1 : 0);

        public void Dispose() => Native.flow_set_grad_mode(before);
    }

    sealed class InferenceMode(bool enabled) : IDisposable
    {
        nint mode = Native.flow_inference_mode_enter(enabled ? 1 : 0);

        public void Dispose()
        {
            if (mode != 0) Native.flow_inference_mode_leave(mode);
            mode = 0;
        }
    }

    public static partial class autograd
    {
        /// <summary>Gradients of the outputs with respect to the inputs; nothing is written to grad.</summary>
        public static unsafe IList<Tensor> grad(IList<Tensor> outputs, IList<Tensor> inputs, IList<Tensor>? grad_outputs = null, bool retain_graph = false, bool create_graph = false, bool allow_unused = false)
        {
            nint[] from = Handles(outputs), to = Handles(inputs), weights = grad_outputs is null ? [] : Handles(grad_outputs), result = new nint[to.Length];
            fixed (nint* o = from, i = to, w = weights, r = result)
                Native.Check(Native.flow_grad(o, w, from.Length, i, to.Length, retain_graph || create_graph ? 1 : 0, create_graph ? 1 : 0, allow_unused ? 1 : 0, r));
            GC.KeepAlive((outputs, inputs, grad_outputs));
            return result.Select(handle => handle == 0 ? null! : new Tensor(handle)).ToList();
        }

        /// <summary>Adds the gradients of the tensors to grad of every leaf they were computed from.</summary>
        public static unsafe void backward(IList<Tensor> tensors, IList<Tensor>? grad_tensors = null, bool? retain_graph = null, bool create_graph = false, IList<Tensor>? inputs = null)
        {
            if (inputs is not null) throw new NotSupportedException("backward restricted to inputs: use torch.autograd.grad");
            nint[] roots = Handles(tensors), weights = grad_tensors is null ? [] : Handles(grad_tensors);
            fixed (nint* r = roots, w = weights)
                Native.Check(Native.flow_backward(r, w, roots.Length, retain_graph is { } keep ? keep ? 1 : 0 : -1, create_graph ? 1 : 0));
            GC.KeepAlive((tensors, grad_tensors));
        }

        public static void backward(Tensor tensor, Tensor grad_tensor, bool? retain_graph = null, bool create_graph = false) =>
            backward([tensor], [grad_tensor], retain_graph, create_graph);

        static nint[] Handles(IList<Tensor> tensors) => [.. tensors.Select(tensor => tensor.Handle)];
    }

    public static int get_num_threads() => Native.flow_get_threads();

    public static void set_num_threads(int num) => Native.Check(Native.flow_set_threads(num));
}
