using System.Text;
using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Diagnostics;

namespace Postry.Ops.Engine.Configuration;

/// <summary>The secrets that this process has: integrity keys, addresses with passwords, and the passwords in them.</summary>
internal sealed class KnownSecrets(OpsSettings settings)
{
    // A short password, such as the name of a program, may be a part of any text by chance.
    private const int LeastLength = 12;

    private readonly string[] _secrets = [.. Find(settings).Distinct(StringComparer.Ordinal)];

    /// <summary>True for a text that is one of them, holds one, or looks like a password.</summary>
    public bool OccurIn(string text) => SecretMask.Text(text) != text || AreIn(text) || _secrets.Contains(text);

    /// <summary>True for a text that holds one of them, unless it is so short that this may be by chance.</summary>
    public bool AreIn(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        return settings.Keys.All.Any(key => key.OccursIn(bytes))
            || _secrets.Any(secret => secret.Length >= LeastLength && text.Contains(secret, StringComparison.Ordinal));
    }

    private static IEnumerable<string> Find(OpsSettings settings)
    {
        if (settings.Variable(EnvironmentVariables.PostgresPassword) is { } password) yield return password;
        foreach (var url in settings.Configuration.AddressVariables.Select(settings.Variable).Append(settings.DatabaseUrl).OfType<string>())
            foreach (var secret in SecretsOf(url)) yield return secret;
    }

    private static string[] SecretsOf(string url)
    {
        // The text after ? may be the key of an encrypted file.
        if (SqliteUrl.Matches(url)) return url.Contains('?', StringComparison.Ordinal) ? [url] : [];
        try
        {
            return PostgresAddress.Parse(url) is { Password: { Length: > 0 } password } ? [url, password] : [];
        }
        catch (OpsException)
        {
            // An address of another kind is known only as a whole.
            return [url];
        }
    }
}
