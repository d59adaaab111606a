using System.Text.Json.Nodes;
using Postry.Ops.Engine.Configuration;
using Postry.Ops.Engine.Tests.Support;

namespace Postry.Ops.Engine.Tests.Configuration;

/// <summary>The published schema and the parser accept the same keys.</summary>
public sealed class SchemaTests
{
    private static readonly string Published = Docs.InCheckout("schema", ConfigurationSchema.FileName);

    [Fact]
    public void The_published_file_is_what_the_engine_describes()
    {
        // To write the schema after a change of the description: POSTRY_WRITE_SCHEMA=1 dotnet test --filter SchemaTests
        if (Environment.GetEnvironmentVariable("POSTRY_WRITE_SCHEMA") == "1") File.WriteAllText(Published, ConfigurationSchema.Text);
        Assert.Equal(File.ReadAllText(Published), ConfigurationSchema.Text);
    }

    [Fact]
    public void Every_key_of_the_schema_is_one_that_the_parser_knows()
    {
        var paths = Keys(JsonNode.Parse(File.ReadAllText(Published))!, []).ToList();
        Assert.True(paths.Count > 70, $"{paths.Count} keys");
        // A value of the wrong type: the parser must complain of the value, and not of the key.
        Assert.All(paths, path => Assert.Contains(ConfigurationText.Read(Document(path, "null")).Problems, problem =>
            problem.Message.Contains("leave the key out", StringComparison.Ordinal)));
    }

    [Fact]
    public void Every_key_that_the_parser_knows_is_in_the_schema()
    {
        foreach (var (path, keys) in Objects(JsonNode.Parse(File.ReadAllText(Published))!, []))
        {
            // The parser lists the keys there are where the one that is written resembles none.
            var problem = ConfigurationText.Read(Document([.. path, "qqqqqqqqqqqqqqqq"], "1")).Problems
                .Single(problem => problem.Message.Contains("'qqqqqqqqqqqqqqqq'", StringComparison.Ordinal));
            var known = problem.Message.Split("; there are ")[1].TrimEnd('.').Split(", ");
            Assert.Equal(known.Order(), keys.Order());
        }
    }

    [Fact]
    public void Every_key_has_a_description_and_every_measure_says_its_unit()
    {
        foreach (var (path, property) in Properties(JsonNode.Parse(File.ReadAllText(Published))!, ""))
        {
            var description = property["description"]!.GetValue<string>();
            Assert.True(description.Length > 10 && (description.EndsWith('.')
                || description.EndsWith("?window=24h.", StringComparison.Ordinal)), $"{path}: {description}");
            if (property["pattern"]?.GetValue<string>() is not { } pattern) continue;
            if (pattern.Contains("s|m|h|d", StringComparison.Ordinal)) Assert.Contains("s, m, h, d or w", description);
            if (pattern.Contains("MiB", StringComparison.Ordinal)) Assert.Contains("MiB", description);
        }
    }

    /// <summary>A document that holds one value at a path; [] in it is the first item of a list.</summary>
    private static string Document(IReadOnlyList<string> path, string value) =>
        path.Reverse().Aggregate(value, (inner, name) => name == "[]" ? $"[{inner}]"
            : $"{{ \"{(name == "*" ? "some" : name)}\": {inner} }}");

    private static IEnumerable<IReadOnlyList<string>> Keys(JsonNode schema, IReadOnlyList<string> path) =>
        from found in Objects(schema, path) from key in found.Keys select (IReadOnlyList<string>)[.. found.Path, key];

    private static IEnumerable<(IReadOnlyList<string> Path, IReadOnlyList<string> Keys)> Objects(JsonNode schema,
        IReadOnlyList<string> path)
    {
        if (schema["properties"] is JsonObject properties)
        {
            Assert.False(schema["additionalProperties"]!.GetValue<bool>());
            yield return (path, [.. properties.Select(property => property.Key)]);
            foreach (var (name, property) in properties)
                foreach (var found in Objects(property!, [.. path, name])) yield return found;
        }

        if (schema["items"] is { } items)
            foreach (var found in Objects(items, [.. path, "[]"])) yield return found;
        if (schema["additionalProperties"] is JsonObject others)
            foreach (var found in Objects(others, [.. path, "*"])) yield return found;
    }

    private static IEnumerable<(string Path, JsonNode Property)> Properties(JsonNode schema, string path)
    {
        foreach (var (name, property) in schema["properties"] as JsonObject ?? [])
        {
            yield return ($"{path}.{name}", property!);
            foreach (var found in Properties(property!, $"{path}.{name}")) yield return found;
        }

        foreach (var inner in new[] { schema["items"], schema["additionalProperties"] as JsonObject }.OfType<JsonNode>())
            foreach (var found in Properties(inner, path + ".*")) yield return found;
    }
}
