using LanguageExt;
using LanguageExt.Common;
using static LanguageExt.Prelude;
using static TorchSharp.torch;

namespace Flow.Training.Models;

/// <summary>Moves a state dict into a model, or says what does not fit.</summary>
public static class Weights
{
    /// <summary>
    /// Copies every tensor into the parameter of its name, with conversion to the parameter's type and device. Missing, surplus and
    /// mis-shaped tensors are named and nothing is copied then.
    /// </summary>
    public static Either<Error, Unit> Load(nn.Module model, IReadOnlyDictionary<string, Tensor> state)
    {
        var parameters = model.named_parameters().ToDictionary(entry => entry.name, entry => entry.parameter);
        string[] mistakes =
        [
            .. parameters.Keys.Except(state.Keys).Select(name => $"{name} is missing"),
            .. state.Keys.Except(parameters.Keys).Select(name => $"{name} has no place in the model"),
            .. parameters.Keys.Intersect(state.Keys).Where(name => !parameters[name].shape.SequenceEqual(state[name].shape))
                .Select(name => $"{name} is {Shape(state[name])} where the model has {Shape(parameters[name])}"),
        ];
        if (mistakes.Length > 0) return Error.New($"The weights do not fit the model: {Listed(mistakes)}.");
        using var noGrad = no_grad();
        foreach (var (name, parameter) in parameters) parameter.copy_(state[name]);
        return unit;
    }

    static string Listed(string[] mistakes) =>
        string.Join("; ", mistakes.Take(8)) + (mistakes.Length > 8 ? $"; and {mistakes.Length - 8} more" : "");

    static string Shape(Tensor tensor) => $"[{string.Join(", ", tensor.shape)}]";
}
