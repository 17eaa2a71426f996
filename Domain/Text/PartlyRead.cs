using LanguageExt;

namespace Flow.Domain.Text;

/// <summary>A record inside a spec, and where it is. A field of it that could not be read has its default.</summary>
public sealed record ReadPart(object Value, string Path);

/// <summary>A spec with mistakes in its text, as far as it could be read.</summary>
/// <param name="Value">The spec with defaults in place of what could not be read; none where that has no default.</param>
/// <param name="Parts">Every record inside it that could be read, the innermost first.</param>
public sealed record PartlyRead<T>(Option<T> Value, Seq<SpecError> Mistakes, Seq<ReadPart> Parts)
{
    /// <summary>The mistakes of the text and, of those found in the meaning of the rest, the ones that no misread field can have caused.</summary>
    public Seq<SpecError> With(IEnumerable<SpecError> meaning) => Mistakes
        .Concat(meaning.Where(found => !Mistakes.Exists(misread => Within(found.Path, misread.Path) || Within(misread.Path, found.Path))))
        .Distinct().ToSeq().Strict();

    static bool Within(string path, string other) =>
        path.StartsWith(other, StringComparison.Ordinal) && (path.Length == other.Length || path[other.Length] is '.' or '[');
}
