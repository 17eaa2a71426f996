using LanguageExt;

namespace Flow.Domain;

/// <summary>
/// What a person gave can't be used: a spec with mistakes, a file that isn't what it should be, an option out of range.
/// Thrown by the shell only, where a value of <see cref="SpecError"/>s has reached the terminal's edge; the command ends with exit code 2.
/// </summary>
public sealed class BadInputException : Exception
{
    public BadInputException(string message) : base(message) => Mistakes = Seq<SpecError>.Empty;

    public BadInputException(string what, Seq<SpecError> mistakes)
        : base(what + '\n' + string.Join('\n', mistakes.Map(m => "  " + m))) => Mistakes = mistakes;

    /// <summary>Every mistake with its field, for answers in JSON.</summary>
    public Seq<SpecError> Mistakes { get; }
}
