using System.Net;
using System.Threading.RateLimiting;

namespace Flow.Dashboard.Security;

/// <summary>Wrong tokens of each address, whichever way they come: after 20 within a minute nothing from there is compared until the minute is over.</summary>
sealed class Guesses(DashboardOptions options) : IDisposable
{
    const int AMinute = 20;

    readonly PartitionedRateLimiter<IPAddress> wrong = PartitionedRateLimiter.Create<IPAddress, IPAddress>(from => RateLimitPartition.GetFixedWindowLimiter(
        from, _ => new FixedWindowRateLimiterOptions { PermitLimit = AMinute, Window = TimeSpan.FromMinutes(1) }));

    /// <param name="Role">Null for a token that nobody was given.</param>
    /// <param name="TooMany">It was not compared.</param>
    public readonly record struct Verdict(string? Role, bool TooMany);

    public Verdict Judge(string token, HttpContext context)
    {
        var from = context.Connection.RemoteIpAddress ?? IPAddress.None;
        if (wrong.GetStatistics(from) is { CurrentAvailablePermits: 0 }) return new Verdict(null, TooMany: true);
        var role = options.Tokens.RoleOf(token);
        if (role is null) wrong.AttemptAcquire(from).Dispose();
        return new Verdict(role, TooMany: false);
    }

    public void Dispose() => wrong.Dispose();
}
