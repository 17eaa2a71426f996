namespace Flow.Storage.Shards;

/// <summary>Element type of a blob.</summary>
public enum BlobType
{
    /// <summary>IEEE half precision: latents.</summary>
    Float16,

    /// <summary>IEEE single precision: metres of depth, pixels of flow; NaN marks a pixel without truth.</summary>
    Float32,

    /// <summary>A byte: masks (0 or 255) and images.</summary>
    UInt8,
}

/// <summary>One binary column of a shard: its name, and the element type and shape that every row of it has.</summary>
/// <param name="Shape">Outermost first, e.g. [4, 32, 32] for channels, rows, columns.</param>
public sealed record BlobSpec(string Name, BlobType Type, IReadOnlyList<int> Shape)
{
    /// <summary>Latents of the image: the target of class-conditional training, the condition of an image-to-image task.</summary>
    public const string Latents = "latents";

    /// <summary>Latents of what an image-to-image task predicts, drawn as an image.</summary>
    public const string Target = "target";

    /// <summary>Latents of a second condition: the next frame (flow), the visible mask (amodal), the mask of valid pixels (depth).</summary>
    public const string Prompt = "prompt";

    /// <summary>The images that may condition a model, in the order of its input channels.</summary>
    public static IReadOnlyList<string> Conditions { get; } = [Latents, Prompt];

    /// <summary>Ground truth in the task's own units, not flipped: what predictions are measured against.</summary>
    public const string Truth = "truth";

    /// <summary>What is seen of the object (amodal): the answer of a predictor that only copies its prompt.</summary>
    public const string Visible = "visible";

    /// <summary>What the published threshold finds in the true picture of the whole object (amodal): the most that its protocol allows.</summary>
    public const string Thresholded = "thresholded";

    /// <summary>
    /// Ends the name of the column with the latents of the mirrored image. Both are stored because an encoder need not commute with a
    /// flip (and the flow of a mirrored pair changes sign before it is drawn).
    /// </summary>
    public const string FlipSuffix = "_flip";

    public int Elements => Shape.Aggregate(1, (product, extent) => checked(product * extent));

    public int ByteCount => checked(Elements * Type switch { BlobType.Float16 => 2, BlobType.Float32 => 4, _ => 1 });

    public bool Equals(BlobSpec? other) =>
        other is not null && Name == other.Name && Type == other.Type && Shape.SequenceEqual(other.Shape);

    public override int GetHashCode() => HashCode.Combine(Name, Type, ByteCount);
}
