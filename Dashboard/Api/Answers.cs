using System.Text.Json;
using Flow.Domain;
using Flow.Storage.Engines;

namespace Flow.Dashboard.Api;

/// <summary>One mistake of what was sent, at its field.</summary>
public sealed record Mistake(string Path, string Given, string Allowed);

/// <summary>Why a request was not answered.</summary>
/// <param name="Mistakes">Every mistake of a spec, with its field; none for other refusals.</param>
public sealed record Refusal(string Message, IReadOnlyList<Mistake> Mistakes)
{
    public Refusal(string message) : this(message, []) { }
}

/// <summary>The API's border for errors: bad input is 400 with its mistakes, what isn't there is 404, anything else 500 with its message.</summary>
static class Answers
{
    public static async Task Border(HttpContext context, RequestDelegate next)
    {
        try
        {
            await next(context);
        }
        catch (BadInputException bad)
        {
            await Write(context, StatusCodes.Status400BadRequest, new Refusal(bad.Message, [.. bad.Mistakes.Select(m => new Mistake(m.Path, m.Given, m.Allowed))]));
        }
        catch (SqlException wrong)
        {
            await Write(context, StatusCodes.Status400BadRequest, new Refusal(wrong.Message));
        }
        catch (BadHttpRequestException wrong)
        {
            await Write(context, wrong.StatusCode, new Refusal(wrong.InnerException is JsonException json ? $"the request's body: {json.Message}" : wrong.Message));
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
        }
        catch (Exception fault) when (!context.Response.HasStarted)
        {
            await Write(context, StatusCodes.Status500InternalServerError, new Refusal(fault.Message));
        }
    }

    public static IResult Missing(string message) => Results.Json(new Refusal(message), statusCode: StatusCodes.Status404NotFound);

    static Task Write(HttpContext context, int status, Refusal refusal) => Results.Json(refusal, statusCode: status).ExecuteAsync(context);
}
