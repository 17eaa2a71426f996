using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace TorchSharp
{
    public static partial class torch
    {
        public static partial class nn
        {
            public static Linear Linear(long inputSize, long outputSize, bool hasBias = true, Device? device = null, ScalarType? dtype = null) =>
                new(inputSize, outputSize, hasBias, device, dtype);

            public static Embedding Embedding(long num_embeddings, long embedding_dims, long? padding_idx = null, double? max_norm = null, double norm_type = 2.0, bool scale_grad_by_freq = false, bool sparse = false, Device? device = null, ScalarType? dtype = null)
            {
                if (max_norm is not null || scale_grad_by_freq || sparse)
                    throw new NotSupportedException("Embedding with max_norm, scale_grad_by_freq or sparse gradients");
                return new(num_embeddings, embedding_dims, padding_idx, device, dtype);
            }
        }
    }
}

namespace TorchSharp.Modules
{
    /// <summary>y = x W^T + b over the last dimension; W is [outputs, inputs].</summary>
    public sealed class Linear : Module<Tensor, Tensor>
    {
        internal Linear(long inputs, long outputs, bool hasBias, Device? device, ScalarType? dtype) : base(nameof(Linear))
        {
            (in_features, out_features) = (inputs, outputs);
            weight = new(empty([outputs, inputs], dtype, device));
            init.kaiming_uniform_(weight, Math.Sqrt(5));
            register_parameter(nameof(weight), weight);
            if (!hasBias) return;
            var bound = inputs > 0 ? 1 / Math.Sqrt(inputs) : 0;
            bias = new(empty([outputs], dtype, device));
            init.uniform_(bias, -bound, bound);
            register_parameter(nameof(bias), bias);
        }

        public Parameter weight { get; }

        public Parameter? bias { get; }

        public long in_features { get; set; }

        public long out_features { get; set; }

        public override Tensor forward(Tensor tensor) => functional.linear(tensor, weight, bias);
    }

    /// <summary>Rows of a table by number; the row padding_idx gets no gradient.</summary>
    public sealed class Embedding : Module<Tensor, Tensor>
    {
        readonly long padding;

        internal Embedding(long count, long width, long? padding_idx, Device? device, ScalarType? dtype) : base(nameof(Embedding))
        {
            padding = padding_idx ?? -1;
            weight = new(empty([count, width], dtype, device));
            init.normal_(weight);
            register_parameter(nameof(weight), weight);
        }

        public Parameter weight { get; }

        public override Tensor forward(Tensor input) => Flow.Torch.Interop.Aten.Call("embedding", weight, input, padding);
    }
}
