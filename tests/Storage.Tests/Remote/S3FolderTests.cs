using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Amazon.Runtime;
using Flow.Storage.Remote;
using Flow.Storage.Shards;
using Flow.Storage.Tests.Shards;
using Flow.TestData;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Flow.Storage.Tests.Remote;

public sealed class S3FolderTests : IDisposable
{
    const string Region = "eu-home-1", KeyId = "AKIDEXAMPLE", Secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

    readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    async Task<List<LatentSample>> Read(AWSCredentials? keys, Func<HttpRequest, bool> admits)
    {
        Samples.Write(folder["store/bucket/some prefix/data"], 40);
        await using var server = await FaultyServer.Start(folder["store"]);
        server.Admits = admits;
        using var bucket = new S3Folder("bucket", "some prefix/data", new S3Access(new Uri(server.Address), Region, keys));
        Assert.Equal("s3://bucket/some prefix/data/", bucket.Address);
        var files = new RemoteFiles(new Download(bucket, new Patience(Attempts: 1)), new ShardCache(folder["cache"], 1 << 30));
        return [.. files.Index().Shards.SelectMany(shard => files.Read(shard, reader => reader.ReadGroup(0).Concat(reader.GroupRows.Count > 1 ? reader.ReadGroup(1) : []).ToList()))];
    }

    [Fact]
    public async Task SignedRequests_AreAdmittedByAStoreThatChecksThem()
    {
        var read = await Read(new BasicAWSCredentials(KeyId, Secret), request => Signature(request, Secret) == request.Query["X-Amz-Signature"]);
        Samples.AssertEqual(Samples.Sample(0), read[0]);
    }

    [Fact]
    public async Task WithoutKeys_RequestsAreNotSigned() =>
        Assert.NotEmpty(await Read(keys: null, request => !request.QueryString.HasValue));

    [Fact]
    public async Task AWrongKey_IsARefusalThatShowsNoKey()
    {
        var failure = await Assert.ThrowsAsync<RemoteStoreException>(
            () => Read(new BasicAWSCredentials(KeyId, "another"), request => Signature(request, Secret) == request.Query["X-Amz-Signature"]));
        Assert.Contains("s3://bucket/some prefix/data/index.json", failure.Message, StringComparison.Ordinal);
        Assert.Contains("403", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(KeyId, failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("X-Amz", failure.Message, StringComparison.Ordinal);
    }

    /// <summary>The store's side of Signature version 4 for a signed URL: what the signature must be, from the request as it came.</summary>
    static string Signature(HttpRequest request, string secret)
    {
        string Query(string name) => request.Query[name].ToString();
        var scope = Query("X-Amz-Credential")[(KeyId.Length + 1)..];
        var parameters = request.Query.Where(pair => pair.Key != "X-Amz-Signature")
            .Select(pair => $"{Uri.EscapeDataString(pair.Key)}={Uri.EscapeDataString(pair.Value.ToString())}").Order(StringComparer.Ordinal);
        var headers = Query("X-Amz-SignedHeaders").Split(';').Select(name => $"{name}:{request.Headers[name].ToString().Trim()}\n");
        var path = string.Join('/', request.Path.Value!.Split('/').Select(Uri.EscapeDataString));
        var canonical = $"{request.Method}\n{path}\n{string.Join('&', parameters)}\n{string.Concat(headers)}\n{Query("X-Amz-SignedHeaders")}\nUNSIGNED-PAYLOAD";
        var toSign = $"AWS4-HMAC-SHA256\n{Query("X-Amz-Date")}\n{scope}\n{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(canonical)))}";
        var key = new[] { Query("X-Amz-Date")[..8], Region, "s3", "aws4_request" }
            .Aggregate(Encoding.UTF8.GetBytes("AWS4" + secret), (key, part) => HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(part)));
        Assert.Equal(string.Create(CultureInfo.InvariantCulture, $"{Query("X-Amz-Date")[..8]}/{Region}/s3/aws4_request"), scope);
        return Convert.ToHexStringLower(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(toSign)));
    }
}
