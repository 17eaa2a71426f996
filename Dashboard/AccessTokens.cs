using System.Security.Cryptography;
using System.Text;
using Flow.Domain;

namespace Flow.Dashboard;

/// <summary>The tokens that let a person or a program in, each for one role. They come from the environment or from files only, so that they are in no command line and no log.</summary>
public sealed class AccessTokens
{
    public const int Shortest = 16;

    public static readonly AccessTokens None = new(null, null);

    readonly byte[]? operatorDigest, viewerDigest;

    /// <exception cref="BadInputException">One is short enough to be guessed.</exception>
    public AccessTokens(string? forOperators, string? forViewers) =>
        (operatorDigest, viewerDigest) = (Digest(forOperators, "FLOW_TOKEN"), Digest(forViewers, "FLOW_VIEWER_TOKEN"));

    public bool IsEmpty => operatorDigest is null && viewerDigest is null;

    /// <summary>FLOW_TOKEN or FLOW_TOKEN_FILE for operators, FLOW_VIEWER_TOKEN or FLOW_VIEWER_TOKEN_FILE for viewers.</summary>
    public static AccessTokens FromEnvironment() => new(Given("FLOW_TOKEN"), Given("FLOW_VIEWER_TOKEN"));

    /// <summary>The role that a token gives; null for one that nobody was given. Takes the same time for every wrong token.</summary>
    public string? RoleOf(string token)
    {
        var digest = SHA256.HashData(Encoding.UTF8.GetBytes(token));
        var isOperator = Same(operatorDigest, digest);
        var isViewer = Same(viewerDigest, digest);
        return isOperator ? Role.Operator : isViewer ? Role.Viewer : null;
    }

    static bool Same(byte[]? known, byte[] given) => known is not null && CryptographicOperations.FixedTimeEquals(known, given);

    static byte[]? Digest(string? token, string name) => token switch
    {
        null => null,
        { Length: < Shortest } => throw new BadInputException($"{name}: {token.Length} characters are easily guessed: give at least {Shortest}"),
        _ => SHA256.HashData(Encoding.UTF8.GetBytes(token)),
    };

    /// <summary>The token, or the one that a file holds: also what a client of the API sends.</summary>
    public static string? Given(string name)
    {
        if (Environment.GetEnvironmentVariable(name) is { Length: > 0 } token) return token;
        if (Environment.GetEnvironmentVariable(name + "_FILE") is not { Length: > 0 } file) return null;
        return File.Exists(file) ? File.ReadAllText(file).Trim() : throw new BadInputException($"{name}_FILE: there is no file {file}");
    }
}

/// <summary>What a person may do: a viewer looks, an operator also changes.</summary>
public static class Role
{
    public const string Viewer = "viewer";
    public const string Operator = "operator";
}
