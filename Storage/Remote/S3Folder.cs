using Amazon.S3;
using Amazon.S3.Model;

namespace Flow.Storage.Remote;

/// <summary>
/// Objects below a prefix of a bucket. The library only signs (Signature version 4, as a URL that is good for an hour); the bytes come as
/// from any HTTP server, so that both kinds of store share one way of resuming and retrying.
/// </summary>
sealed class S3Folder : RemoteFolder, IDisposable
{
    static readonly TimeSpan Lifetime = TimeSpan.FromHours(1);

    readonly string bucket;
    readonly string prefix;
    readonly S3Access access;
    readonly AmazonS3Client? signer;

    public S3Folder(string bucket, string prefix, S3Access access)
    {
        (this.bucket, this.prefix, this.access) = (bucket, prefix.Length == 0 ? "" : prefix + "/", access);
        if (access.Keys is not { } keys) return;
        signer = new AmazonS3Client(keys, new AmazonS3Config
        {
            ServiceURL = access.Endpoint.AbsoluteUri,
            AuthenticationRegion = access.Region,
            // A bucket as part of the host's name needs a wildcard in DNS, which stores at home rarely have.
            ForcePathStyle = true,
        });
    }

    public override string Address => $"s3://{bucket}/{prefix}";

    internal override Uri Locate(string file) => signer is null
        ? new Uri(access.Endpoint, $"{bucket}/{string.Join('/', (prefix + file).Split('/').Select(Uri.EscapeDataString))}")
        : new Uri(signer.GetPreSignedURL(new GetPreSignedUrlRequest
        {
            BucketName = bucket,
            Key = prefix + file,
            Verb = HttpVerb.GET,
            Expires = DateTime.UtcNow + Lifetime,
            Protocol = access.Endpoint.Scheme == Uri.UriSchemeHttp ? Protocol.HTTP : Protocol.HTTPS,
        }));

    public void Dispose() => signer?.Dispose();
}
