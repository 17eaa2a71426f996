using System.Runtime.InteropServices;

namespace Flow.Torch.Interop;

/// <summary>One AdamW step's constants, as struct AdamW in Torch/native/kernels.h.</summary>
internal readonly record struct AdamWConstants(float Keep, float Beta1, float Rest1, float Beta2, float Rest2, float Eps, float StepSize, float RootCorrection2);

/// <summary>The C functions of libflowtorch (Torch/native). Functions that return int give 0, or 1 with a text in flow_last_error.</summary>
internal static partial class Native
{
    const string Library = "flowtorch";

    static Native() => LibraryLoader.Register();

    [LibraryImport(Library)] private static partial nint flow_last_error();
    [LibraryImport(Library)] internal static partial long flow_live_handles();
    [LibraryImport(Library)] internal static partial void flow_tensor_free(nint tensor);
    [LibraryImport(Library)] internal static unsafe partial int flow_tensor_info(nint tensor, long* dims, sbyte* dtype, sbyte* deviceType, sbyte* deviceIndex);
    [LibraryImport(Library)] internal static unsafe partial int flow_tensor_sizes(nint tensor, long* sizes, long* strides);
    [LibraryImport(Library)] internal static partial int flow_tensor_data(nint tensor, out nint data);
    [LibraryImport(Library)] internal static unsafe partial int flow_tensor_empty(long* sizes, int count, sbyte dtype, sbyte deviceType, sbyte deviceIndex, out nint tensor);
    [LibraryImport(Library)] internal static partial int flow_tensor_flag(nint tensor, int which, out int value);
    [LibraryImport(Library)] internal static partial int flow_tensor_set_requires_grad(nint tensor, int value);
    [LibraryImport(Library)] internal static partial int flow_tensor_grad(nint tensor, out nint grad);
    [LibraryImport(Library)] internal static partial int flow_tensor_set_grad(nint tensor, nint grad);
    [LibraryImport(Library)] internal static partial int flow_tensor_set_data(nint tensor, nint data);
    [LibraryImport(Library)] internal static unsafe partial int flow_backward(nint* tensors, nint* grads, int count, int retainGraph, int createGraph);
    [LibraryImport(Library)] internal static unsafe partial int flow_grad(nint* outputs, nint* grads, int outputCount, nint* inputs, int inputCount, int retainGraph, int createGraph, int allowUnused, nint* result);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)] internal static partial int flow_op_find(string name, out nint op);
    [LibraryImport(Library)] internal static unsafe partial int flow_op_call(nint op, Value* arguments, int count, out Value* results, out int resultCount);

    [LibraryImport(Library)] internal static partial nint flow_torch_version();
    [LibraryImport(Library)] internal static partial nint flow_torch_build();
    [LibraryImport(Library)] internal static partial int flow_cuda_devices();
    [LibraryImport(Library)] internal static partial int flow_get_threads();
    [LibraryImport(Library)] internal static partial int flow_set_threads(int count);
    [LibraryImport(Library)] internal static partial void flow_keep_freed_memory();
    [LibraryImport(Library)] internal static partial int flow_manual_seed(long seed);
    [LibraryImport(Library)] internal static partial int flow_generator_new(sbyte deviceType, sbyte deviceIndex, long seed, out nint generator);
    [LibraryImport(Library)] internal static partial int flow_generator_default(out nint generator);
    [LibraryImport(Library)] internal static partial void flow_generator_free(nint generator);
    [LibraryImport(Library)] internal static partial int flow_generator_set_seed(nint generator, long seed);
    [LibraryImport(Library)] internal static partial int flow_generator_seed(nint generator, out long seed);
    [LibraryImport(Library)] internal static partial int flow_generator_get_state(nint generator, out nint state);
    [LibraryImport(Library)] internal static partial int flow_generator_set_state(nint generator, nint state);
    [LibraryImport(Library)] internal static partial int flow_grad_mode();
    [LibraryImport(Library)] internal static partial void flow_set_grad_mode(int enabled);
    [LibraryImport(Library)] internal static partial int flow_inference_mode();
    [LibraryImport(Library)] internal static partial nint flow_inference_mode_enter(int enabled);
    [LibraryImport(Library)] internal static partial void flow_inference_mode_leave(nint mode);
    [LibraryImport(Library)] internal static partial int flow_autocast(sbyte deviceType, sbyte dtype);

    [LibraryImport(Library)] internal static partial int flow_use_kernels(int set);
    [LibraryImport(Library)] internal static partial int flow_attention(nint qkv, long heads, out nint result);
    [LibraryImport(Library)] internal static partial int flow_norm_modulate(nint x, nint shift, nint scale, double eps, out nint result);
    [LibraryImport(Library)] internal static partial int flow_gated_residual(nint x, nint gate, nint y, out nint result);
    [LibraryImport(Library)] internal static partial int flow_gelu_tanh(nint x, out nint result);
    [LibraryImport(Library)] internal static partial int flow_linear_gelu(nint x, nint weight, nint bias, out nint result);
    [LibraryImport(Library)] internal static unsafe partial int flow_block(nint x, nint c, nint* weights, long heads, double eps, out nint result);
    [LibraryImport(Library)] internal static unsafe partial int flow_final_layer(nint x, nint c, nint* weights, double eps, out nint result);
    [LibraryImport(Library)] internal static unsafe partial int flow_silu_mlp(nint x, nint* weights, out nint result);
    [LibraryImport(Library)] internal static unsafe partial int flow_adamw(nint* parameters, nint* expAvg, nint* expAvgSq, int count, in AdamWConstants options);
    [LibraryImport(Library)] internal static unsafe partial int flow_ema(nint* averages, nint* values, int count, double decay);
    [LibraryImport(Library)] internal static unsafe partial int flow_gradient_square(nint* parameters, int count, out double square);
    [LibraryImport(Library)] internal static unsafe partial int flow_sgemm(int library, int size, float* a, float* b, float* c);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)] internal static partial int flow_group_join(string? file, string? host, int port, int rank, int size, long timeoutMs, long patienceMs, sbyte deviceType, sbyte deviceIndex, out nint group);
    [LibraryImport(Library)] internal static partial void flow_group_leave(nint group);
    [LibraryImport(Library)] internal static unsafe partial int flow_group_average_gradients(nint group, nint* parameters, int count);
    [LibraryImport(Library)] internal static partial int flow_group_sum(nint group, nint tensor);
    [LibraryImport(Library)] internal static unsafe partial int flow_group_broadcast(nint group, nint* tensors, int count, int root);

    /// <summary>False where a function does not apply to these tensors (code 2); an error is an exception.</summary>
    internal static bool Applies(int code)
    {
        if (code == 2) return false;
        Check(code);
        return true;
    }

    /// <summary>Turns an error of libtorch into the exception that TorchSharp throws for it, with libtorch's own text.</summary>
    internal static void Check(int code)
    {
        if (code != 0) throw new ExternalException(Marshal.PtrToStringUTF8(flow_last_error()));
    }
}
