using Amazon.Runtime;
using Amazon.Runtime.CredentialManagement;

namespace Flow.Storage.Remote;

/// <summary>How a bucket is reached: the endpoint of its store, the region to sign for, and the keys; without keys as anybody.</summary>
sealed record S3Access(Uri Endpoint, string Region, AWSCredentials? Keys)
{
    /// <summary>
    /// By the names that other programs use: AWS_ENDPOINT_URL_S3 or AWS_ENDPOINT_URL (none: Amazon's), AWS_REGION or AWS_DEFAULT_REGION,
    /// AWS_ACCESS_KEY_ID with AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, else the profile AWS_PROFILE of ~/.aws/credentials (or
    /// AWS_SHARED_CREDENTIALS_FILE). No other place is asked for keys.
    /// </summary>
    public static S3Access FromEnvironment()
    {
        var region = Variable("AWS_REGION") ?? Variable("AWS_DEFAULT_REGION") ?? "us-east-1";
        var endpoint = Variable("AWS_ENDPOINT_URL_S3") ?? Variable("AWS_ENDPOINT_URL") ?? $"https://s3.{region}.amazonaws.com";
        if (!Uri.TryCreate(endpoint, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https"))
            throw new RemoteStoreException($"AWS_ENDPOINT_URL: '{endpoint}' is no http or https address");
        return new S3Access(uri, region, FromVariables() ?? FromProfile());
    }

    static AWSCredentials? FromVariables() => (Variable("AWS_ACCESS_KEY_ID"), Variable("AWS_SECRET_ACCESS_KEY"), Variable("AWS_SESSION_TOKEN")) switch
    {
        ({ } id, { } secret, { } token) => new SessionAWSCredentials(id, secret, token),
        ({ } id, { } secret, null) => new BasicAWSCredentials(id, secret),
        _ => null,
    };

    static AWSCredentials? FromProfile()
    {
        var named = Variable("AWS_PROFILE");
        var file = Variable("AWS_SHARED_CREDENTIALS_FILE");
        if (new SharedCredentialsFile(file).TryGetProfile(named ?? "default", out var profile) && profile.CanCreateAWSCredentials) return profile.GetAWSCredentials(null);
        return named is null ? null : throw new RemoteStoreException($"AWS_PROFILE: there is no profile '{named}' with keys in {file ?? "~/.aws/credentials"}");
    }

    static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}
