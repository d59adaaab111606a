using System.Runtime.CompilerServices;
using Npgsql;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines.Postgres.Connections;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Postgres.Target;

/// <summary>Checks whether the server can create a database with the encoding and locale of the one that was backed up.</summary>
internal sealed class LocaleCheck : ITargetCheck
{
    /// <inheritdoc/>
    public bool Applies(TargetContext target) =>
        target is { HasBackup: true, Maintenance: not null, Server: { CanCreateDatabases: true, IsStandby: false } };

    /// <inheritdoc/>
    public async IAsyncEnumerable<TargetFinding> RunAsync(TargetContext target,
        [EnumeratorCancellation] CancellationToken cancellation)
    {
        var (maintenance, server, facts) = (target.Maintenance!, target.Server, target.Description.Database);
        if (facts.LocaleProvider != "libc" && server.Major < (facts.LocaleProvider == "builtin" ? 17 : 15))
        {
            yield return TargetFinding.Against(Missing(target, $"{facts.LocaleProvider} locale {facts.Locale}"), RestoreStrategy.Swap);
            yield break;
        }

        if (facts.LocaleProvider == "icu" && !await maintenance
            .IsTrueAsync("EXISTS (SELECT FROM pg_catalog.pg_collation WHERE collprovider = 'i')", cancellation))
            yield return TargetFinding.Against(Missing(target, $"ICU locale {facts.Locale}"), RestoreStrategy.Swap);
        foreach (var locale in new[] { facts.Collate, facts.CType }.Distinct(StringComparer.Ordinal))
        {
            switch (await IsKnownAsync(maintenance, locale, cancellation))
            {
                case false: yield return TargetFinding.Against(Missing(target, $"locale {locale}"), RestoreStrategy.Swap); break;
                case null: yield return TargetFinding.Noted(
                    $"Whether the server has the locale {locale} cannot be known before a database is made with it."); break;
            }
        }

        if (await VersionAsync(maintenance, server, facts, cancellation) is { } version) yield return version;
    }

    private static InvalidRequestException Missing(TargetContext target, string what) =>
        target.Invalid($"The server does not have the {what} of the database that was backed up.",
            "Install it on the server's system (locale-gen), then restart the server and run the command again.");

    private static async Task<bool?> IsKnownAsync(NpgsqlSession maintenance, string locale, CancellationToken cancellation)
    {
        if (locale is "C" or "POSIX") return true;
        if (await maintenance.IsTrueAsync("""
            EXISTS (SELECT FROM pg_catalog.pg_database WHERE $1 IN (datcollate, datctype))
              OR EXISTS (SELECT FROM pg_catalog.pg_collation WHERE collprovider = 'c' AND collcollate = $1)
            """, cancellation, locale)) return true;

        // The catalogs list the locales of the system at the time when the cluster was made, in one spelling of several. Only creating an
        // object with the locale shows whether it works; the transaction is rolled back.
        await using var transaction = await maintenance.Connection.BeginTransactionAsync(cancellation);
        try
        {
            await maintenance.ExecuteAsync(
                $"CREATE COLLATION pg_temp.postry_probe (PROVIDER = libc, LOCALE = {PostgresNames.Literal(locale)})", cancellation);
            return true;
        }
        catch (PostgresException e)
        {
            return e.SqlState is PostgresErrorCodes.InvalidParameterValue or PostgresErrorCodes.UndefinedObject ? false : null;
        }
        finally
        {
            await transaction.RollbackAsync(CancellationToken.None);
        }
    }

    private static async Task<TargetFinding?> VersionAsync(PostgresSession maintenance, TargetServer server,
        PostgresDatabaseFacts facts, CancellationToken cancellation)
    {
        if (facts.CollationVersion is null) return null;
        var icuColumn = server.Major switch { >= 17 => "colllocale", >= 15 => "colliculocale", _ => "collcollate" };
        var here = await maintenance.TextAsync($"""
            SELECT pg_catalog.pg_collation_actual_version(oid) FROM pg_catalog.pg_collation
            WHERE collprovider = $1::pg_catalog."char" AND {(facts.LocaleProvider == "libc" ? "collcollate" : icuColumn)} = $2
            """, cancellation, facts.LocaleProvider[..1] == "l" ? "c" : facts.LocaleProvider[..1],
            facts.LocaleProvider == "libc" ? facts.Collate : facts.Locale ?? "");
        return here is null || here == facts.CollationVersion ? null
            : TargetFinding.Noted(
                $"Text is ordered by version {here} of its locale here, and was by {facts.CollationVersion}: indexes are rebuilt, " +
                $"and the order of rows may differ.");
    }
}
