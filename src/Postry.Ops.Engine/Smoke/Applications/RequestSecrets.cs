using System.Text;
using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Configuration.Values;

namespace Postry.Ops.Engine.Smoke.Applications;

/// <summary>The headers of a request, and the secrets among them, which no text about the answer shows.</summary>
internal sealed class RequestSecrets
{
    private const int LongestActual = 300;
    private const int LongestDetail = 2000;
    private const int LargestFile = 64 << 10;

    private readonly SmokeTargets _targets;
    private readonly Dictionary<string, string> _headers;
    private readonly List<string> _secrets = [];

    private RequestSecrets(SmokeTargets targets, IReadOnlyDictionary<string, string> headers) =>
        (_targets, _headers) = (targets, new(headers, StringComparer.OrdinalIgnoreCase));

    /// <summary>The headers with their values.</summary>
    public IReadOnlyDictionary<string, string> Headers => _headers;

    /// <summary>The secret that is missing, as a sentence with the next step; null if nothing is.</summary>
    public string? Missing { get; private set; }

    /// <summary>Reads the secrets of a check. Each attempt reads them anew, because a secret file may just have been replaced.</summary>
    public static RequestSecrets Read(HttpCheck check, SmokeTargets targets)
    {
        var secrets = new RequestSecrets(targets, check.Headers);
        foreach (var (header, variable) in check.HeaderVariables) secrets.Take(header, "", secrets.Variable(variable, $"header {header}"));
        foreach (var (header, file) in check.HeaderFiles) secrets.Take(header, "", secrets.File(file, $"header {header}"));
        const string Token = "bearer token";
        if (check.BearerTokenVariable is { } named) secrets.Take("Authorization", "Bearer ", secrets.Variable(named, Token));
        else if (check.BearerTokenFile is { } path) secrets.Take("Authorization", "Bearer ", secrets.File(path, Token));
        return secrets;
    }

    /// <summary>The answer without secrets, and short enough to be read.</summary>
    public SmokeAnswer Hide(SmokeAnswer answer) => answer with
    {
        Actual = Hide(answer.Actual, LongestActual),
        Detail = Hide(answer.Detail, LongestDetail),
    };

    /// <summary>A text of another program without the characters by which a terminal is steered.</summary>
    public static string Printable(string text) => new([.. text.Select(c => char.IsControl(c) ? ' ' : c)]);

    private string? Hide(string? text, int longest)
    {
        if (text is null) return null;
        text = Printable(text);
        foreach (var secret in _secrets.SelectMany(secret => new[] { secret, Uri.EscapeDataString(secret) }))
            text = text.Replace(secret, SecretMask.Mask, StringComparison.Ordinal);
        return text.Length > longest ? text[..longest] + "..." : text;
    }

    private void Take(string header, string prefix, (string? Value, string Name) source)
    {
        if (source.Value is not { } value) return;
        _secrets.Add(value);
        if (value.All(c => c is >= ' ' and <= '~')) _headers[header] = prefix + value;
        else Missing ??= $"{source.Name} holds a character that no header can have, such as a line break. Write the bare secret there.";
    }

    private (string?, string) Variable(string name, string purpose)
    {
        var value = _targets.Variable(name)?.Trim();
        if (string.IsNullOrEmpty(value))
        {
            Missing ??= $"The environment variable {name}, which holds the {purpose}, is not set. "
                + "Set it for the process that runs the checks.";
            return (null, name);
        }

        return (value, $"The environment variable {name}");
    }

    private (string?, string) File(string path, string purpose)
    {
        var name = $"The file {path}, which holds the {purpose},";
        try
        {
            using var stream = new FileStream(Path.GetFullPath(path, _targets.Settings.RepoRoot), FileMode.Open, FileAccess.Read);
            var bytes = new byte[LargestFile];
            var value = Encoding.UTF8.GetString(bytes, 0, stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false)).Trim();
            if (value.Length > 0) return (value, $"The file {path}");
            Missing ??= $"{name} is empty. Write the secret into it.";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Missing ??= $"{name} {(e is FileNotFoundException or DirectoryNotFoundException ? "does not exist" : "cannot be read")}. "
                + "Make it readable for the user who runs the checks.";
        }

        return (null, path);
    }
}
