using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines.Postgres.Connections;

namespace Postry.Ops.Engine.Engines.Postgres.Target;

/// <summary>
/// Checks whether the login for the live database also works for the other databases that a swap connects to: one from which databases are
/// created, and the one that is being restored, which has a name of its own. A line of a password file, or of pg_hba.conf, may be for one
/// database alone.
/// </summary>
internal static class OtherDatabases
{
    private const string From = "postgres";

    /// <summary>Adds the database that the login does not work for, with a hint. Returns false if there is one.</summary>
    /// <param name="findings">Receives the problems.</param>
    /// <param name="address">The live database.</param>
    /// <param name="reachesOther">True if another database of the server can be reached.</param>
    /// <param name="cancellation">Stops it.</param>
    public static async Task<bool> CheckAsync(Findings findings, PostgresAddress address, bool reachesOther, CancellationToken cancellation)
    {
        // No restore has such a number, so no such database exists: the server checks the login before it looks for the database.
        var stage = KeptNames.Stage("00000000", address.Database);
        foreach (var name in reachesOther || address.Database == From ? [stage] : new[] { From, stage })
        {
            if (await RefusalAsync(address.For(name), cancellation) is not { } refusal) continue;
            findings.NoSwap.Add(Explain(findings, address, name, refusal));
            return false;
        }

        return true;
    }

    private static AuthenticationFailedException Explain(Findings findings, PostgresAddress address, string name,
        AuthenticationFailedException refusal)
    {
        var called = name == From ? $"the database {From}, from which databases are made and renamed"
            : $"the database that is restored beside it, which is called like {name}";
        return PasswordFile.Of(address) is { } file && file.LineFor(address) is { Database: not "*" } line
            && file.LineFor(address.For(name)) is null
            ? new AuthenticationFailedException(Findings.Operation, findings.Target,
                $"The password comes from {file.Path}, whose line for {address.Name} fits the database {line.Database} alone. A swap " +
                    $"also connects to {called}.",
                $"Write * in place of the database in that line of {file.Path} ({line.Host}:{line.Port}:*:{line.User}:...), or give the " +
                    $"password with PGPASSWORD, {OptionName.Credential} or DATABASE_URL.", refusal)
            : new AuthenticationFailedException(Findings.Operation, findings.Target,
                $"A swap also connects to {called}, and that login is refused. {refusal.Message}", refusal.Hint, refusal);
    }

    // Other errors of a connection (no such database, too many connections) say nothing about the login.
    private static async Task<AuthenticationFailedException?> RefusalAsync(PostgresAddress address, CancellationToken cancellation)
    {
        try
        {
            await using var session = await PostgresConnector.OpenAsync(address, Findings.Operation, cancellation);
            return null;
        }
        catch (AuthenticationFailedException e)
        {
            return e;
        }
        catch (OpsException)
        {
            return null;
        }
    }
}
