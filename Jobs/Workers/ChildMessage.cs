using System.Text.Json;
using Flow.Jobs.Ledger;

namespace Flow.Jobs.Workers;

/// <summary>
/// What a step's process tells its worker: one JSON object a line on standard output. The other way go plain words on standard input:
/// <c>leased</c> after each renewal, <c>stop</c>, and the answer to Ready: <c>commit</c> or <c>void</c>. A worker that is gone closes the
/// pipe, and its steps' processes end themselves; so do those that have heard nothing for as long as a lease lasts.
/// </summary>
/// <param name="Ready">The work is whole, may it be made final?</param>
public sealed record ChildMessage(StepProgress? Progress = null, string? Note = null, bool Ready = false, string? Failed = null, string? Fault = null, string? Detail = null)
{
    public const string Leased = "leased";
    public const string Stop = "stop";
    public const string Commit = "commit";
    public const string Void = "void";

    static readonly JsonSerializerOptions Shape = new() { DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingDefault };

    public string ToLine() => JsonSerializer.Serialize(this, Shape);

    /// <summary>None for a line that something else has printed.</summary>
    public static ChildMessage? Read(string line)
    {
        try
        {
            return line.StartsWith('{') ? JsonSerializer.Deserialize<ChildMessage>(line, Shape) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
