namespace Flow.Domain;

/// <summary>One mistake of a person's spec: the path of the field, the value given and what is allowed.</summary>
/// <param name="Path">Dotted path from the root of the spec, e.g. <c>optim.lr</c> or <c>stages[1].steps</c>.</param>
/// <param name="Given">The value as the person wrote it.</param>
/// <param name="Allowed">What would have been right, phrased to follow "is": <c>not positive</c>, <c>not a multiple of patch 2</c>.</param>
public sealed record SpecError(string Path, string Given, string Allowed)
{
    public override string ToString() => $"{Path}: {Given} is {Allowed}";
}
