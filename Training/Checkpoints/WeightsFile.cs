using Flow.Torch;
using Flow.Training.Checkpoints.Pt;
using LanguageExt;
using LanguageExt.Common;
using static TorchSharp.torch;

namespace Flow.Training.Checkpoints;

/// <summary>Weights that a person names by a path: our checkpoint directory, a .safetensors file, or a file of torch.save.</summary>
public static class WeightsFile
{
    /// <summary>
    /// The state dict, on the CPU, in the file's own types. Of a checkpoint with several the EMA weights are taken, or those of
    /// <paramref name="part"/> ("model", "ema"). A damaged file is a Left that names it.
    /// </summary>
    public static Either<Error, IReadOnlyDictionary<string, Tensor>> Read(string path, string? part = null) =>
        Directory.Exists(path)
            ? from state in Checkpoint.Load(path) select part == "model" || state.Ema.Count == 0 ? state.Model : state.Ema
            : IsSafetensors(path)
                ? ReadSafetensors(path)
                : from file in PtFile.Open(path) from state in StateDict(file, part) select state;

    internal static Either<Error, IReadOnlyDictionary<string, Tensor>> ReadSafetensors(string path)
    {
        try
        {
            return Safetensors.Load(path);
        }
        catch (Exception fault) when (fault is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            return Error.New($"{path}: {fault.Message}");
        }
    }

    static bool IsSafetensors(string path) => path.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase);

    static Either<Error, IReadOnlyDictionary<string, Tensor>> StateDict(PtFile file, string? part)
    {
        using (file)
        {
            var chosen = part ?? file.PreferredPart;
            var prefix = chosen.Length == 0 ? "" : $"{chosen}.";
            var tensors = new Dictionary<string, Tensor>();
            foreach (var name in file.Names.Where(name => name.StartsWith(prefix, StringComparison.Ordinal)))
            {
                var tensor = file.Tensor(name);
                if (tensor.IsLeft) return tensor.Map<IReadOnlyDictionary<string, Tensor>>(_ => tensors);
                tensor.IfRight(read => tensors[name[prefix.Length..]] = ToTensor(read));
            }
            return tensors.Count > 0 ? tensors : Error.New($"{file.Path}: it holds no tensors{(chosen.Length == 0 ? "" : $" under '{chosen}'")}.");
        }
    }

    static Tensor ToTensor(PtTensor read)
    {
        var tensor = empty(read.Shape, TypeOf(read.Type));
        read.Data.CopyTo(tensor.bytes);
        return tensor;
    }

    static ScalarType TypeOf(PtType type) => type switch
    {
        PtType.Float32 => ScalarType.Float32,
        PtType.Float64 => ScalarType.Float64,
        PtType.Float16 => ScalarType.Float16,
        PtType.BFloat16 => ScalarType.BFloat16,
        PtType.Int64 => ScalarType.Int64,
        PtType.Int32 => ScalarType.Int32,
        PtType.Int16 => ScalarType.Int16,
        PtType.Int8 => ScalarType.Int8,
        PtType.UInt8 => ScalarType.Byte,
        PtType.Bool => ScalarType.Bool,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Unknown element type."),
    };
}
