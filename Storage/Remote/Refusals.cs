using System.Net;

namespace Flow.Storage.Remote;

/// <summary>What a status other than success means for a download: try again, or what the person has to do.</summary>
static class Refusals
{
    /// <exception cref="Interruption">It may go another time.</exception>
    /// <exception cref="RemoteStoreException">It will not.</exception>
    public static void Check(HttpResponseMessage response, string address)
    {
        if (response.IsSuccessStatusCode) return;
        var status = $"{(int)response.StatusCode} {response.ReasonPhrase}";
        throw response.StatusCode switch
        {
            HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError =>
                new Interruption($"the store answered {status}", After(response)),
            // What is here already is longer than the store's file: begin anew, the hash will tell.
            HttpStatusCode.RequestedRangeNotSatisfiable => new RemoteStoreException($"{address}: the store answered {status}: it is shorter than the index says. Copy the data set there again, index.json last"),
            HttpStatusCode.NotFound => new NotInStoreException($"{address} is not there (404): check the address, or copy the data set there"),
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => new RemoteStoreException(
                $"{address}: the store answered {status}: for s3:// set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (and AWS_REGION, AWS_ENDPOINT_URL) or a profile in ~/.aws/credentials that may read it"),
            _ => new RemoteStoreException($"{address}: the store answered {status}"),
        };
    }

    static TimeSpan? After(HttpResponseMessage response) => response.Headers.RetryAfter switch
    {
        { Delta: { } delta } => delta,
        { Date: { } date } => date - DateTimeOffset.UtcNow,
        _ => null,
    };
}

/// <summary>A request that failed in a way that another one may not.</summary>
/// <param name="after">How long the store asked to be left alone.</param>
sealed class Interruption(string message, TimeSpan? after = null, Exception? cause = null) : Exception(message, cause)
{
    public TimeSpan? After => after;
}
