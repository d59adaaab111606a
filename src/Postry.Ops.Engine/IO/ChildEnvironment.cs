using System.Collections.Concurrent;
using Postry.Ops.Engine.Diagnostics;

namespace Postry.Ops.Engine.IO;

/// <summary>The environment variables of this process that child processes may see.</summary>
internal static class ChildEnvironment
{
    /// <summary>The comparison of names: Windows takes those that differ only by case for one.</summary>
    public static readonly StringComparison Comparison =
        OperatingSystem.IsWindows() ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;

    // The list is shared by the whole process, because the environment is too: postry.json names further variables that hold addresses.
    private static readonly ConcurrentDictionary<string, bool> Secret = new(
        new[]
        {
            EnvironmentVariables.IntegrityKey, EnvironmentVariables.IntegrityKeyFile, EnvironmentVariables.PreviousIntegrityKeys,
            EnvironmentVariables.DatabaseUrl, EnvironmentVariables.PostgresPassword,
        }.Select(name => KeyValuePair.Create(name, true)),
        StringComparer.FromComparison(Comparison));

    /// <summary>Hides a variable from all later child processes.</summary>
    public static void Hide(string name) => Secret[name] = true;

    /// <summary>True for a variable that no child sees.</summary>
    public static bool IsHidden(string name) => Secret.ContainsKey(name);

    /// <summary>Takes the keys and the databases' addresses and password away: no child gets to see a secret that it does not
    /// need.</summary>
    public static void RemoveSecrets(IDictionary<string, string?> environment)
    {
        foreach (var name in Secret.Keys) environment.Remove(name);
    }
}
