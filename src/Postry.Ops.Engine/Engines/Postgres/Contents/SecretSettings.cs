namespace Postry.Ops.Engine.Engines.Postgres.Contents;

/// <summary>Settings of databases and roles whose values never reach a manifest.</summary>
internal static class SecretSettings
{
    private static readonly string[] SecretWords = ["secret", "password", "passwd", "token", "key", "credential", "jwt"];

    /// <summary>True where a setting looks like a secret, so that its value is kept back.</summary>
    public static bool IsSecret(string setting) => SecretWords.Any(word => setting.Contains(word, StringComparison.OrdinalIgnoreCase));
}
