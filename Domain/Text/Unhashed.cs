namespace Flow.Domain.Text;

/// <summary>
/// Marks a field of a spec that carries no meaning (a name, a note, a path): it is read and written, but never enters an identity,
/// so that renaming a study or moving a data set runs nothing again.
/// </summary>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class UnhashedAttribute : Attribute;
