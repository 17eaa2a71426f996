namespace Flow.Storage.Remote;

/// <summary>A folder of files behind an address: plain HTTP, or a bucket of an S3-compatible store. Keys never appear in a name or message.</summary>
public abstract class RemoteFolder
{
    /// <summary>The address without anything secret; what messages call the folder.</summary>
    public abstract string Address { get; }

    /// <summary>Where a file can be had now. May carry a signature: never to be shown or kept.</summary>
    internal abstract Uri Locate(string file);

    /// <summary>A file's address for people.</summary>
    public string Describe(string file) => Address + file;

    /// <summary>Whether a text is an address, and not a path.</summary>
    public static bool IsAddress(string place) => place.Contains("://", StringComparison.Ordinal);

    /// <summary>The folder at <c>https://host/path/</c>, <c>http://host/path/</c> or <c>s3://bucket/prefix/</c>; a missing last slash is added.</summary>
    /// <exception cref="RemoteStoreException">The address is of another kind, or holds a password.</exception>
    public static RemoteFolder At(string address)
    {
        if (!Uri.TryCreate(address, UriKind.Absolute, out var uri) || uri.Host.Length == 0)
            throw new RemoteStoreException($"'{address}' is no address: write https://host/path/ or s3://bucket/prefix/");
        if (uri.UserInfo.Length > 0)
            throw new RemoteStoreException($"the address of {uri.Host} holds a user name or password: leave it out (keys of s3:// come from the environment or ~/.aws/credentials)");
        return uri.Scheme switch
        {
            "http" or "https" => new HttpFolder(uri),
            "s3" => new S3Folder(uri.Host, uri.AbsolutePath.Trim('/'), S3Access.FromEnvironment()),
            _ => throw new RemoteStoreException($"'{uri.Scheme}' is no scheme of a store: allowed are https, http and s3"),
        };
    }
}

/// <summary>Files below a URL. A query (an access token of some stores) is kept for every file and shown nowhere.</summary>
sealed class HttpFolder(Uri folder) : RemoteFolder
{
    public override string Address { get; } = folder.GetLeftPart(UriPartial.Path).TrimEnd('/') + "/";

    internal override Uri Locate(string file) => new(Address + Uri.EscapeDataString(file) + folder.Query);
}
