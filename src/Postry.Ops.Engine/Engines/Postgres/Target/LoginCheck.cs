using System.Runtime.CompilerServices;
using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines.Postgres.Connections;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Postgres.Target;

/// <summary>
/// Checks whether the login for the live database also works for the other databases that a swap connects to: one from which databases are
/// created, and the one that is being restored, which has a name of its own. A line of a password file, or of pg_hba.conf, may be for one
/// database alone.
/// </summary>
internal sealed class LoginCheck : ITargetCheck
{
    private const string From = "postgres";

    /// <inheritdoc/>
    public bool Applies(TargetContext target) => true;

    /// <inheritdoc/>
    public async IAsyncEnumerable<TargetFinding> RunAsync(TargetContext target,
        [EnumeratorCancellation] CancellationToken cancellation)
    {
        var (address, server) = (target.Address, target.Server);
        if (server is { CanCreateDatabases: true, IsStandby: false })
        {
            // No restore has such a number, so no such database exists: the server checks the login before it looks for the database.
            var stage = KeptNames.Stage("00000000", address.Database);
            foreach (var name in target.Maintenance is not null || address.Database == From ? [stage] : new[] { From, stage })
            {
                if (await RefusalAsync(address.For(name), cancellation) is not { } refusal) continue;
                yield return TargetFinding.Against(Explain(target, name, refusal), RestoreStrategy.Swap);
                yield break;
            }
        }

        if (target.Maintenance is not null) yield break;
        yield return TargetFinding.Against(
            target.Denied($"{server.Role} can connect to no other database of the server. A swap needs one, to create and rename " +
                $"databases from it.",
                $"GRANT CONNECT ON DATABASE postgres TO {PostgresNames.Display(server.Role)}, and admit it in pg_hba.conf."),
            RestoreStrategy.Swap);
    }

    private static AuthenticationFailedException Explain(TargetContext target, string name, AuthenticationFailedException refusal)
    {
        var address = target.Address;
        var called = name == From ? $"the database {From}, from which databases are created and renamed"
            : $"the database that is restored beside it, whose name is like {name}";
        return PasswordFile.Of(address) is { } file && file.LineFor(address) is { Database: not "*" } line
            && file.LineFor(address.For(name)) is null
            ? new AuthenticationFailedException(target.Name,
                $"The password comes from {file.Path}, whose line for {address.Name} matches only the database {line.Database}. A swap " +
                    $"also connects to {called}.",
                $"Write * instead of the database in that line of {file.Path} ({line.Host}:{line.Port}:*:{line.User}:...), or give the " +
                    $"password with PGPASSWORD, {OptionName.Credential} or DATABASE_URL.", refusal)
            : new AuthenticationFailedException(target.Name,
                $"A swap also connects to {called}, and that login is refused. {refusal.Message}", refusal.Hint, refusal);
    }

    // Other errors of a connection (no such database, too many connections) say nothing about the login.
    private static async Task<AuthenticationFailedException?> RefusalAsync(PostgresAddress address, CancellationToken cancellation)
    {
        try
        {
            await using var session = await PostgresConnector.OpenAsync(address, cancellation);
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
