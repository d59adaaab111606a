using System.Globalization;
using System.Text.Json;
using Postry.Ops.Engine.Configuration.Values;

namespace Postry.Ops.Engine.Smoke.Applications;

/// <summary>Compares a JSON answer with the values that are expected of it.</summary>
internal static class JsonExpectations
{
    private const int LongestValue = 60;

    /// <summary>An expectation in words.</summary>
    public static string Words(JsonExpectation expected)
    {
        var words = new List<string>();
        if (expected.Exists is { } exists) words.Add(exists ? "is there" : "is not there");
        if (expected.EqualTo is { } value) words.Add($"is {value}");
        if (expected.AtLeast is { } least) words.Add(string.Create(CultureInfo.InvariantCulture, $"is at least {least}"));
        if (expected.AtMost is { } most) words.Add(string.Create(CultureInfo.InvariantCulture, $"is at most {most}"));
        return $"{expected.Path} {string.Join(" and ", words)}";
    }

    /// <summary>The first value that is wrong, in words; null if all are right.</summary>
    public static string? Problem(IReadOnlyList<JsonExpectation> expected, WebBody body)
    {
        if (expected.Count == 0) return null;
        if (body.IsCut) return $"{WebBody.CutWords} The check cannot read it as JSON.";
        try
        {
            using var document = JsonDocument.Parse(body.Text.TrimStart('\uFEFF'));
            return expected.Select(one => Problem(one, JsonPath.Find(document.RootElement, one.Path)))
                .FirstOrDefault(problem => problem is not null);
        }
        catch (JsonException)
        {
            return "The answer is not JSON.";
        }
    }

    private static string? Problem(JsonExpectation expected, JsonElement? found)
    {
        if (found is not { } value)
            return expected is { Exists: false, EqualTo: null, AtLeast: null, AtMost: null } ? null
                : $"The answer has no {expected.Path}; expected: {Words(expected)}.";
        var isRight = expected.Exists is not false
            && (expected.EqualTo is not { } wanted || Equals(value, wanted))
            && (expected.AtLeast is not { } least || (Number(value) is { } enough && enough >= least))
            && (expected.AtMost is not { } most || (Number(value) is { } few && few <= most));
        return isRight ? null : $"{expected.Path} is {Shown(value)}; expected: {Words(expected)}.";
    }

    private static bool Equals(JsonElement value, string wanted)
    {
        using var document = JsonDocument.Parse(wanted);
        return JsonElement.DeepEquals(value, document.RootElement);
    }

    private static decimal? Number(JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetDecimal(out var number) ? number : null;

    private static string Shown(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        // A part of a text could be a part of a secret, which would not be recognized as one any more.
        JsonValueKind.String when value.GetString() is var text => text!.Length <= LongestValue ? $"'{text}'"
            : string.Create(CultureInfo.InvariantCulture, $"a text of {text.Length} characters"),
        _ => value.GetRawText(),
    };
}
