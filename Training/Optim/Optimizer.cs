using Flow.Domain.Runs;
using Flow.Torch;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Flow.Training.Optim;

/// <summary>
/// AdamW on every trainable parameter of a model (torch.optim.AdamW: bias-corrected, decoupled decay on all of them) and the exponential
/// moving average of its weights, which starts as a copy and is not bias-corrected (DiT train.py, update_ema).
/// </summary>
public sealed class Optimizer : IDisposable
{
    readonly OptimSpec spec;
    readonly string[] names;
    readonly Parameter[] parameters;
    readonly (string Name, Parameter Parameter)[] frozen;
    readonly AdamWState[] moments;
    readonly Tensor[] averages;

    /// <summary>The model must be on its device already, with the weights to start from.</summary>
    public Optimizer(nn.Module model, OptimSpec spec)
    {
        this.spec = spec;
        var all = model.named_parameters().ToArray();
        frozen = [.. all.Where(p => !p.parameter.requires_grad)];
        var trainable = all.Where(p => p.parameter.requires_grad).ToArray();
        names = [.. trainable.Select(p => p.name)];
        parameters = [.. trainable.Select(p => p.parameter)];
        moments = [.. parameters.Select(AdamWState.For)];
        using var noGrad = no_grad();
        averages = [.. parameters.Select(p => p.detach().clone().DetachFromDisposeScope())];
    }

    /// <summary>The trainable parameters.</summary>
    public IReadOnlyList<Parameter> Parameters => parameters;

    /// <summary>2-norm of all gradients together.</summary>
    public double GradientNorm() => TensorEngine.Current.GradientNorm(parameters);

    /// <summary>
    /// Clips, updates the weights, then the average, then forgets the gradients. <paramref name="step"/> counts from 0 and decides the
    /// learning rate, the bias corrections and the ramp of the average. Gives back the learning rate.
    /// </summary>
    public double Step(double gradNorm, long step, long steps)
    {
        spec.ClipNorm.IfSome(bound => Clip(gradNorm, bound));
        var lr = LearningRate.At(spec, step, steps);
        TensorEngine.Current.AdamWStep(parameters, moments, step + 1, new(lr, spec.Beta1, spec.Beta2, spec.Epsilon, spec.WeightDecay));
        TensorEngine.Current.EmaUpdate(averages, parameters, EmaDecay.At(spec, step));
        ClearGradients();
        return lr;
    }

    public void ClearGradients()
    {
        foreach (var parameter in parameters) parameter.grad = null;
    }

    /// <summary>The model's state dict: the parameters themselves, not copies.</summary>
    public IReadOnlyDictionary<string, Tensor> Weights => Complete(parameters);

    /// <summary>The averaged weights under the same keys; a frozen parameter is its own average.</summary>
    public IReadOnlyDictionary<string, Tensor> Average => Complete(averages);

    /// <summary>First moments by parameter.</summary>
    public IReadOnlyDictionary<string, Tensor> ExpAvg => Named(moments.Select(m => m.ExpAvg));

    /// <summary>Second moments by parameter.</summary>
    public IReadOnlyDictionary<string, Tensor> ExpAvgSq => Named(moments.Select(m => m.ExpAvgSq));

    /// <summary>Overwrites tensors of this optimizer with those of a saved state; their keys and shapes must be the same.</summary>
    public static void Restore(IReadOnlyDictionary<string, Tensor> into, IReadOnlyDictionary<string, Tensor> saved)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        foreach (var (name, tensor) in into)
        {
            if (!saved.TryGetValue(name, out var value)) throw new ArgumentException($"the state to resume from lacks {name}: it is of another model");
            if (!value.shape.SequenceEqual(tensor.shape))
                throw new ArgumentException($"the state to resume from has another shape of {name}: it is of another model");
            tensor.copy_(value);
        }
    }

    public void Dispose()
    {
        foreach (var moment in moments) moment.Dispose();
        foreach (var average in averages) average.Dispose();
    }

    /// <summary>As torch.nn.utils.clip_grad_norm_: in place, when the norm is above the bound.</summary>
    void Clip(double gradNorm, double bound)
    {
        if (gradNorm <= bound) return;
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        foreach (var parameter in parameters) parameter.grad?.mul_(bound / (gradNorm + 1e-6));
    }

    Dictionary<string, Tensor> Named(IEnumerable<Tensor> tensors) => tensors.Index().ToDictionary(at => names[at.Index], at => at.Item);

    Dictionary<string, Tensor> Complete(IEnumerable<Tensor> tensors)
    {
        var named = Named(tensors);
        foreach (var (name, parameter) in frozen) named[name] = parameter;
        return named;
    }
}
