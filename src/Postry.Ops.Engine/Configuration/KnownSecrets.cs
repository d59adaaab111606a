using System.Text;
using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Diagnostics;

namespace Postry.Ops.Engine.Configuration;

/// <summary>The secrets that this process has: integrity keys, addresses with passwords, and the passwords in them.</summary>
internal sealed class KnownSecrets(OpsSettings settings)
{
    // A short password may be a part of any text by chance.
    private const int LeastLength = 8;

    private readonly string[] _secrets = [.. Find(settings).Distinct(StringComparer.Ordinal)];

    /// <summary>True for a text that is one of them, holds one, or looks like a password.</summary>
    public bool OccurIn(string text) => SecretMask.Text(text) != text || AreIn(text);

    /// <summary>True for a text that is one of them or holds one.</summary>
    public bool AreIn(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        return settings.Keys.All.Any(key => key.OccursIn(bytes))
            || _secrets.Any(secret => secret.Length < LeastLength ? text == secret : text.Contains(secret, StringComparison.Ordinal));
    }

    private static IEnumerable<string> Find(OpsSettings settings)
    {
        if (settings.Variable(EnvironmentVariables.PostgresPassword) is { } password) yield return password;
        foreach (var url in settings.Configuration.AddressVariables.Select(settings.Variable).Append(settings.DatabaseUrl).OfType<string>())
        {
            yield return url;
            if (PasswordOf(url) is { } inUrl) yield return inUrl;
        }
    }

    private static string? PasswordOf(string url)
    {
        try
        {
            return PostgresAddress.Parse(url) is { HasPassword: true } address ? address.Password : null;
        }
        catch (OpsException)
        {
            // The address is of another kind, and known as a whole.
            return null;
        }
    }
}
