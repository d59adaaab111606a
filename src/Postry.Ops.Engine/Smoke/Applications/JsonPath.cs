using System.Globalization;
using System.Text.Json;

namespace Postry.Ops.Engine.Smoke.Applications;

/// <summary>Finds values in JSON by names separated by dots, with [n] for the items of lists.</summary>
internal static class JsonPath
{
    /// <summary>The value at a path; null if there is none.</summary>
    public static JsonElement? Find(JsonElement root, string path)
    {
        JsonElement? found = root;
        foreach (var step in path.TrimStart('$').Split(['.', '['], StringSplitOptions.RemoveEmptyEntries))
        {
            if (found is not { } value) return null;
            found = step.EndsWith(']') ? Item(value, int.Parse(step.TrimEnd(']'), CultureInfo.InvariantCulture))
                : value.ValueKind == JsonValueKind.Object && value.TryGetProperty(step, out var member) ? member : null;
        }

        return found;
    }

    private static JsonElement? Item(JsonElement list, int index) =>
        list.ValueKind == JsonValueKind.Array && index < list.GetArrayLength() ? list[index] : null;
}
