using Xunit;

namespace Flow.TestData;

/// <summary>Bounds in seconds on a machine that others use too: what is late every time is late itself, and what hangs is told from it.</summary>
public static class Prompt
{
    const int Attempts = 8;

    static readonly TimeSpan Hung = TimeSpan.FromMinutes(2);

    /// <param name="attempt">Gets the number of the attempt and gives the time that counts.</param>
    public static async Task Within(TimeSpan bound, Func<int, Task<TimeSpan>> attempt)
    {
        var late = new List<TimeSpan>();
        while (late.Count < Attempts)
        {
            var took = await attempt(late.Count).WaitAsync(Hung);
            if (took < bound) return;
            late.Add(took);
        }
        Assert.Fail($"took {string.Join(", ", late)} where {bound} are allowed");
    }
}
