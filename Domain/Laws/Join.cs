using LanguageExt;

namespace Flow.Domain.Laws;

/// <summary>
/// Sequences one after the other, computed now. LanguageExt 3.4.13 loses the last of three lazy sequences that are concatenated
/// (a ++ b ++ c comes out as a ++ b ++ a ++ b), so the laws and plots never chain Append.
/// </summary>
internal static class Join
{
    public static Seq<T> Of<T>(params IEnumerable<T>[] parts) => parts.SelectMany(part => part).ToArray().ToSeq();
}
