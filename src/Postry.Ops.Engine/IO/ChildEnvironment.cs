using System.Diagnostics;
using Postry.Ops.Engine.Manifests;

namespace Postry.Ops.Engine.IO;

/// <summary>What child processes get to see of this process's environment.</summary>
internal static class ChildEnvironment
{
    /// <summary>Takes the keys and the database's address away: no child gets to see a secret that it does not need.</summary>
    public static void RemoveSecrets(ProcessStartInfo start)
    {
        foreach (var name in new[] { Keyring.KeyVariable, Keyring.KeyFileVariable, Keyring.PreviousKeysVariable, OpsSettings.DatabaseUrlVariable }) start.Environment.Remove(name);
    }
}
