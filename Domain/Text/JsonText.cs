using System.Text.Json;
using LanguageExt;
using static LanguageExt.Prelude;

namespace Flow.Domain.Text;

/// <summary>Reads JSON text. Comments and trailing commas are allowed, because people write these files.</summary>
public static class JsonText
{
    static readonly JsonDocumentOptions Options = new()
    {
        CommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
        MaxDepth = 32,
    };

    /// <summary>The value, or where the text stops being JSON, or which field is given twice, or which number is out of range.</summary>
    public static Validation<SpecError, Json> Parse(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text, Options);
            var errors = new List<SpecError>();
            var json = Convert(document.RootElement, "", errors);
            return errors.Count == 0 ? Success<SpecError, Json>(json) : Validation<SpecError, Json>.Fail(errors.ToSeq());
        }
        catch (JsonException error)
        {
            var place = $"line {error.LineNumber + 1}, column {error.BytePositionInLine + 1}";
            return Fail<SpecError, Json>(new SpecError(place, "the text", $"not JSON: {error.Message}"));
        }
    }

    static Json Convert(JsonElement element, string path, List<SpecError> errors) => element.ValueKind switch
    {
        JsonValueKind.True => new Json.Bool(true),
        JsonValueKind.False => new Json.Bool(false),
        JsonValueKind.String => new Json.Text(element.GetString()!),
        JsonValueKind.Number => Number(element, path, errors),
        JsonValueKind.Array => Json.ListOf(element.EnumerateArray().Select((item, i) => Convert(item, $"{path}[{i}]", errors)).ToList()),
        JsonValueKind.Object => Fields(element, path, errors),
        _ => new Json.Null(),
    };

    static Json Number(JsonElement element, string path, List<SpecError> errors)
    {
        if (element.TryGetDouble(out var value) && double.IsFinite(value)) return new Json.Number(value == 0 ? 0 : value);
        errors.Add(new SpecError(path, element.GetRawText(), "out of the range of a double"));
        return new Json.Null();
    }

    static Json.Object Fields(JsonElement element, string path, List<SpecError> errors)
    {
        var fields = new Dictionary<string, Json>(StringComparer.Ordinal);
        foreach (var field in element.EnumerateObject())
        {
            var at = JsonPath.Join(path, field.Name);
            if (!fields.TryAdd(field.Name, Convert(field.Value, at, errors)))
                errors.Add(new SpecError(at, field.Value.GetRawText(), "the second value of this field; give it once"));
        }
        return Json.Of(fields.Select(field => (field.Key, field.Value)));
    }
}
