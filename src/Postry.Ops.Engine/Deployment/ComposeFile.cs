using System.Text.RegularExpressions;

namespace Postry.Ops.Engine.Deployment;

/// <summary>A service of a compose file, with its image as it is written there.</summary>
internal sealed record ComposeService(string Name, string Image);

/// <summary>
/// The images of a compose file. The class reads the YAML in which compose files are written: mappings in block and in flow style,
/// comments, quotes, anchors and merge keys. What stands in another form is not found.
/// </summary>
internal sealed partial class ComposeFile
{
    private const int MostSteps = 8;
    private const int MostDepth = 16;

    // Aliases of aliases may lead to a number of ways that no file needs and no computer can go.
    private int _stepsLeft = 10_000;

    // The most lines of one value; more are in no honest file.
    private const int MostLines = 100;

    private readonly Dictionary<string, Node> _anchors = new(StringComparer.Ordinal);
    private readonly Node _root = new(-1, "", "");

    /// <summary>The services that name an image, in the order of the file.</summary>
    public static IReadOnlyList<ComposeService> Services(string yaml)
    {
        var file = new ComposeFile();
        file.Read(yaml);
        return [.. from service in file._root.Child("services")?.Children ?? []
            let image = file.ImageOf(service, MostSteps)
            where !string.IsNullOrEmpty(image)
            select new ComposeService(service.Key, image)];
    }

    private void Read(string yaml)
    {
        var open = new Stack<Node>([_root]);
        var lines = yaml.Split('\n');
        for (var i = 0; i < lines.Length; i++)
        {
            if (KeyLine.Match(lines[i].TrimEnd()) is not { Success: true } match) continue;
            var indent = match.Groups["indent"].Length;
            var value = match.Groups["value"].Value;
            while (open.Peek().Indent >= indent) open.Pop();
            // A text over several lines has no keys, whatever its lines look like.
            if (value is ['|' or '>', ..])
                while (i + 1 < lines.Length && (string.IsNullOrWhiteSpace(lines[i + 1]) || IndentOf(lines[i + 1]) > indent)) i++;
            else
                for (var more = 0; more < MostLines && !new YamlFlow(value).IsWhole && i + 1 < lines.Length; more++)
                    value += " " + lines[++i].Trim();
            var node = NodeOf(indent, YamlFlow.Unquoted(match.Groups["key"].Value), new YamlFlow(value).IsWhole ? value : "");
            open.Peek().Children.Add(node);
            open.Push(node);
        }
    }

    private Node NodeOf(int indent, string key, string value, int depth = 0)
    {
        value = YamlFlow.WithoutComment(value);
        string? anchor = null;
        if (Anchor.Match(value) is { Success: true } match)
        {
            anchor = match.Groups[1].Value;
            value = value[match.Length..];
        }

        var node = new Node(indent, key, value);
        if (value.StartsWith('{') && depth < MostDepth)
            foreach (var (name, inner) in new YamlFlow(value).Members()) node.Children.Add(NodeOf(indent + 1, name, inner, depth + 1));
        if (anchor is not null) _anchors[anchor] = node;
        return node;
    }

    /// <summary>The image of a service, or of what it is merged with; null where there is none.</summary>
    private string? ImageOf(Node service, int steps)
    {
        if (steps == 0) return null;
        if (--_stepsLeft < 0) throw new InvalidDataException("Its aliases lead to too many places.");
        if (Aliased(service) is { } same) return ImageOf(same, steps - 1);
        if (service.Child("image") is { } image)
            return (Aliased(image) ?? image).Value is var value && value is ['*' or '!' or '|' or '>', ..] ? null
                : YamlFlow.Unquoted(value);
        return service.Children.Where(child => child.Key == "<<").SelectMany(merged => Alias.Matches(merged.Value))
            .Select(name => _anchors.TryGetValue(name.Groups[1].Value, out var found) ? ImageOf(found, steps - 1) : null)
            .FirstOrDefault(found => found is not null);
    }

    private Node? Aliased(Node node) => node.Value is ['*', .. var name] ? _anchors.GetValueOrDefault(name) : null;

    private static int IndentOf(string line) => line.Length - line.TrimStart(' ').Length;

    [GeneratedRegex("""^(?<indent> *)(?<key>"[^"]+"|'[^']+'|<<|[A-Za-z0-9_.-]+) *:(?:[ \t]+(?<value>.*))?$""",
        RegexOptions.CultureInvariant)]
    private static partial Regex KeyLine { get; }

    [GeneratedRegex(@"^&([^\s,\[\]{}]+)\s*", RegexOptions.CultureInvariant)]
    private static partial Regex Anchor { get; }

    [GeneratedRegex(@"\*([^\s,\[\]{}]+)", RegexOptions.CultureInvariant)]
    private static partial Regex Alias { get; }

    /// <summary>A key with its value, or with the keys below it.</summary>
    private sealed record Node(int Indent, string Key, string Value)
    {
        public List<Node> Children { get; } = [];

        public Node? Child(string key) => Children.FindLast(child => child.Key == key);
    }
}
