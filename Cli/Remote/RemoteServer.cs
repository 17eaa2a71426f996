using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Serialization;
using Flow.Domain;

namespace Flow.Cli.Remote;

/// <summary>A `flow serve` elsewhere, over its API. The token is FLOW_TOKEN or FLOW_TOKEN_FILE, as on the server.</summary>
public sealed class RemoteServer : IDisposable
{
    public static readonly JsonSerializerOptions Shape = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    readonly HttpClient client;

    /// <exception cref="BadInputException">The address is none of a server.</exception>
    public RemoteServer(string address, string? token)
    {
        if (!Uri.TryCreate(address.TrimEnd('/') + "/", UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https"))
            throw new BadInputException($"--server: '{address}' is no address such as https://lab.example:8420");
        client = new HttpClient { BaseAddress = new Uri(uri, "api/"), Timeout = TimeSpan.FromMinutes(2) };
        client.DefaultRequestHeaders.Add("X-Flow-Request", "cli");
        if (token is not null) client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
    }

    public Task<T> Get<T>(string path, CancellationToken cancel) => Answer<T>(() => client.GetAsync(new Uri(path, UriKind.Relative), cancel), cancel);

    public Task<T> Post<T>(string path, object? body, CancellationToken cancel) =>
        Answer<T>(() => client.PostAsync(new Uri(path, UriKind.Relative), JsonContent.Create(body ?? new { }, options: Shape), cancel), cancel);

    public void Dispose() => client.Dispose();

    async Task<T> Answer<T>(Func<Task<HttpResponseMessage>> ask, CancellationToken cancel)
    {
        try
        {
            using var answer = await ask();
            if (answer.IsSuccessStatusCode) return (await answer.Content.ReadFromJsonAsync<T>(Shape, cancel))!;
            var why = await Message(answer, cancel);
            throw (int)answer.StatusCode is 400 or 401 or 403 or 404 ? new BadInputException(why) : new HttpRequestException(why);
        }
        catch (HttpRequestException fault) when (fault.StatusCode is null && fault.InnerException is not null)
        {
            throw new HttpRequestException($"no server answers at {client.BaseAddress}: {fault.Message}", fault);
        }
    }

    static async Task<string> Message(HttpResponseMessage answer, CancellationToken cancel)
    {
        var text = await answer.Content.ReadAsStringAsync(cancel);
        if (text.StartsWith('{') && JsonDocument.Parse(text).RootElement.TryGetProperty("message", out var message)) return message.GetString()!;
        return (int)answer.StatusCode switch
        {
            401 => "the server asks for a token: put it into FLOW_TOKEN, or its file's path into FLOW_TOKEN_FILE",
            403 => "this token is a viewer's: changing something needs the operator's",
            var status => $"the server answered {status}",
        };
    }
}
