using System.Text.RegularExpressions;
using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Configuration;
using Postry.Ops.Engine.Engines.Runtime;
using Postry.Ops.Engine.IO;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Deployment;

/// <summary>The images that the compose files of a folder name, as compose would take them together.</summary>
internal sealed partial class ComposeImages(OpsSettings settings)
{
    private const int MostBytes = 1 << 20;
    private const int MostImages = 200;
    private const int LongestImage = 300;
    private const string FileVariable = "COMPOSE_FILE";
    private const string SeparatorVariable = "COMPOSE_PATH_SEPARATOR";

    private static readonly string[] Names = ["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"];

    private static readonly string[] Overrides =
        ["compose.override.yml", "compose.override.yaml", "docker-compose.override.yml", "docker-compose.override.yaml"];

    private readonly KnownSecrets _secrets = new(settings);
    private EnvFile? _env;

    /// <summary>The images by service, in the order of the files. Errors: IOException, UnauthorizedAccessException.</summary>
    /// <param name="problems">Receives a sentence about each thing that was not recorded.</param>
    public IReadOnlyList<DeployedImage> Read(List<string> problems)
    {
        // The values leave EnvFile only where compose puts them into the name of an image.
        _env = ReadableText.Bytes(Path.Combine(settings.RepoRoot, ".env"), EnvFile.LargestBytes) is { } bytes && EnvFile.IsText(bytes)
            ? EnvFile.Parse(bytes) : null;
        var variables = new ComposeVariables(Value);
        var images = new OrderedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var file in FilesOfCompose())
        {
            if (ReadableText.Of(file, MostBytes) is not { } yaml)
            {
                problems.Add($"The images of {file} were not recorded: the file is not there, or it is too large for a compose file.");
                continue;
            }

            foreach (var service in ComposeFile.Services(yaml))
            {
                if (variables.Replace(service.Image) is var image && Reference.IsMatch(image) && image.Length <= LongestImage
                    && !_secrets.AreIn(image))
                    images[service.Name] = image;
                else
                    problems.Add($"The image of the service {service.Name} in {file} was not recorded: it does not look like one.");
            }
        }

        return [.. images.Take(MostImages).Select(image => new DeployedImage(image.Key, image.Value))];
    }

    private IEnumerable<string> FilesOfCompose()
    {
        if (Value(FileVariable) is { Length: > 0 } named)
            return named.Split(Value(SeparatorVariable) is { Length: > 0 } given ? given : $"{Path.PathSeparator}",
                StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(InRoot);
        return new[] { Names, Overrides }.Select(names => Array.Find(names, name => File.Exists(InRoot(name)))).TakeWhile(name =>
            name is not null).Select(name => InRoot(name!));
    }

    private string InRoot(string path) => Path.GetFullPath(path, settings.RepoRoot);

    private static bool IsSecret(string name) => name.ToUpperInvariant().Split('_') is var parts
        && parts.Any(part => part.EndsWith("PASS", StringComparison.Ordinal)
            || part is "PW" or "PWD" or "AUTH" or "CRED" or "CREDS" or "KEY" or "PAT");

    // A variable that is hidden from every program, or has the name of a secret, stays a name here, too.
    private string? Value(string name) =>
        ChildEnvironment.IsHidden(name) || IsSecret(name) || SecretMask.Text($"{name}=x") != $"{name}=x" ? null
        : settings.Variable(name) ?? _env?.ValueOf(name);

    // The name of an image holds no user and no password. A variable that is not known stays in it.
    [GeneratedRegex(
        @"^(?:[A-Za-z0-9]|\$\{[A-Za-z0-9_]+\})(?:[A-Za-z0-9._/+-]|:(?!//|$)|\$\{[A-Za-z0-9_]+\})*(?:@[A-Za-z0-9]+:[A-Fa-f0-9]{32,128})?$",
        RegexOptions.CultureInvariant)]
    private static partial Regex Reference { get; }
}
