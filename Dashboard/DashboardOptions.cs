using System.Net;
using Flow.Dashboard.Security;
using Flow.Domain;

namespace Flow.Dashboard;

/// <summary>Where the dashboard listens and who may use it.</summary>
/// <param name="Address">Loopback unless a person asks for more.</param>
/// <param name="Port">0 takes a free one.</param>
/// <param name="Tokens">What lets a person in; where there are none and no <paramref name="OpenId"/>, everybody who reaches the address is the operator.</param>
/// <param name="Certificate">PEM or PFX file for TLS; none is plain HTTP.</param>
/// <param name="Key">PEM file of the certificate's key, where it is not in the certificate's file.</param>
/// <param name="Hosts">Names by which browsers may ask for it, beyond those of loopback; none means any, once there are tokens.</param>
/// <param name="Database">Connection string of PostgreSQL, or @FILE, for the pages of an engine that keeps its queues there.</param>
/// <param name="OpenId">Who lets people in besides the tokens.</param>
public sealed record DashboardOptions(
    IPAddress Address, int Port, AccessTokens Tokens, string? Certificate = null, string? Key = null, IReadOnlyList<string>? Hosts = null, string? Database = null,
    OpenIdProvider? OpenId = null)
{
    public static DashboardOptions Local(int port) => new(IPAddress.Loopback, port, AccessTokens.None);

    public bool Open => Tokens.IsEmpty && OpenId is null;

    public bool OnLoopback => IPAddress.IsLoopback(Address);

    public bool Tls => Certificate is not null;

    /// <exception cref="BadInputException">It would let anybody on the network in.</exception>
    public DashboardOptions Checked() => OnLoopback || !Open
        ? this
        : throw new BadInputException(
            $"--listen {Address}: beyond loopback a token is needed. Put one of at least {AccessTokens.Shortest} characters into FLOW_TOKEN, or its file's path into FLOW_TOKEN_FILE; `openssl rand -hex 24` makes one. FLOW_OIDC_ISSUER names a provider of OpenID Connect instead");
}
