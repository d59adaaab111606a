using Postry.Ops.Engine.Addresses;
using Postry.Ops.Engine.Configuration;
using Postry.Ops.Engine.Configuration.Values;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Smoke.Data;

/// <summary>A database that a check is for.</summary>
/// <param name="Name">The name in reports: of the address, or of the entry or variable where there is no address.</param>
/// <param name="Address">The address; null if it cannot be told.</param>
/// <param name="Entry">The name of its entry in postry.json, or null.</param>
/// <param name="Problem">The reason why there is no address, with the next step.</param>
/// <param name="Suffix">The addition to the name of a check that is made for several databases.</param>
internal sealed record DataTarget(string Name, DatabaseAddress? Address, string? Entry = null, string? Problem = null, string Suffix = "")
{
    /// <summary>The databases that a check is for, by the name that it gives.</summary>
    public static IReadOnlyList<DataTarget> Of(string? database, SmokeTargets targets)
    {
        var entries = new DatabaseEntries(targets.Settings);
        try
        {
            if (targets.Database is { } only)
                return database is null || IsMeant(entries, database, targets, only) ? [new(only.Name, only)] : [];
            if (database is not null) return [OfEntry(entries, entries.Matching(database)[0])];
            if (entries.Any)
            {
                var all = entries.Matching("*");
                return [.. all.Select(entry => OfEntry(entries, entry) with { Suffix = all.Count == 1 ? "" : $" ({entry.Name})" })];
            }

            return [targets.Settings.EnvironmentAddress() is { } address ? new(address.Name, address) : Unnamed(targets.Settings)];
        }
        catch (OpsException e)
        {
            return [new(database ?? EnvironmentVariables.DatabaseUrl, null, database, $"{e.Message} {e.Hint}")];
        }
    }

    private static DataTarget OfEntry(DatabaseEntries entries, DatabaseEntry entry)
    {
        try
        {
            var address = entries.AddressOf(entry);
            return new(address.Name, address, entry.Name);
        }
        catch (InvalidRequestException e)
        {
            return new(entry.Name, null, entry.Name, $"{e.Message} {e.Hint}");
        }
    }

    private static bool IsMeant(DatabaseEntries entries, string name, SmokeTargets targets, DatabaseAddress only) =>
        targets.StandsFor is not { } original ? IsEntry(entries, name, only)
        : name == original.Entry || (original.Address is { } address && IsEntry(entries, name, address));

    // An entry whose variable is not set cannot be the way by which the caller named the database.
    private static bool IsEntry(DatabaseEntries entries, string name, DatabaseAddress address)
    {
        try
        {
            return IsSame(entries.AddressOf(entries.Matching(name)[0]), address);
        }
        catch (InvalidRequestException)
        {
            return false;
        }
    }

    private static bool IsSame(DatabaseAddress one, DatabaseAddress other) => one.Name == other.Name
        || (one is PostgresAddress first && other is PostgresAddress second && first.Database == second.Database
            && first.Hosts.Select(ServerOf).SequenceEqual(second.Hosts.Select(ServerOf)));

    // The server of this machine has several names.
    private static (string Host, int Port) ServerOf(PostgresHost host) =>
        (host.IsSocket || host.Host is "localhost" or "127.0.0.1" or "::1" ? "localhost" : host.Host, host.Port);

    private static DataTarget Unnamed(OpsSettings settings) => new(EnvironmentVariables.DatabaseUrl, null, null,
        $"No database is named: {OpsSettings.ConfigurationFileName} has no databases, and {EnvironmentVariables.DatabaseUrl} " +
            $"{(settings.DatabaseUrl is null ? "is not set" : OpsSettings.OtherUrl)}. Describe the database in " +
            $"{OpsSettings.ConfigurationFileName} ({CommandName.WriteConfiguration}), or set {EnvironmentVariables.DatabaseUrl}.");
}
