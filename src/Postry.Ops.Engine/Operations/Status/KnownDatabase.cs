using Postry.Ops.Engine.Configuration;
using Postry.Ops.Engine.Configuration.Values;
using Postry.Ops.Engine.Diagnostics;
using Postry.Ops.Engine.Engines.Postgres.Scope;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Operations.Status;

/// <summary>A database of postry.json or of the catalogue, with what tells which backups are of it.</summary>
/// <param name="Name">Logical name.</param>
/// <param name="Mode">The engine; null where nothing tells.</param>
/// <param name="Entry">The entry of postry.json; null for a database that only has backups.</param>
/// <param name="Address">The location, as the entry gives it; null where it cannot be told now.</param>
internal sealed record KnownDatabase(string Name, DatabaseMode? Mode, DatabaseEntry? Entry, string? Address)
{
    /// <summary>The sets of the database, newest first.</summary>
    public IReadOnlyList<BackupSet> Sets { get; init; } = [];

    /// <summary>The location of the database; null where nothing tells.</summary>
    public string? Source => Address ?? (Sets.Count > 0 ? Sets[0].Source : null);

    /// <summary>An entry of postry.json. The variable with its address need not be set, because nothing is asked of the database.</summary>
    public static KnownDatabase Of(DatabaseEntry entry, DatabaseEntries entries)
    {
        DatabaseAddress? address = null;
        try
        {
            address = entries.AddressOf(entry);
        }
        catch (InvalidRequestException)
        {
            // The name of the entry still finds its backups.
        }

        return new KnownDatabase(entry.Name, entry.Mode ?? address?.Mode, entry, address?.Name);
    }

    /// <summary>A database of the catalogue that no entry names.</summary>
    /// <param name="sets">The sets of one database, newest first.</param>
    public static KnownDatabase Of(IReadOnlyList<BackupSet> sets) => new(sets[0].Database, sets[0].Mode, null, null) { Sets = sets };

    /// <summary>
    /// Gives an entry the sets that were made of its database. A server has many addresses, so that the sets that one of them leads to
    /// bring in all others of that server's database.
    /// </summary>
    /// <param name="sets">All sets, newest first.</param>
    public KnownDatabase WithOwn(IReadOnlyList<BackupSet> sets)
    {
        var identities = sets.Where(set => set.Source == Address).Select(set => set.SourceIdentity).ToHashSet();
        return this with { Sets = [.. sets.Where(set => identities.Contains(set.SourceIdentity))] };
    }

    /// <summary>
    /// Gives an entry without sets those that go by its name and belong to no other entry: its address has changed, or cannot be told now.
    /// Of a file whose path is known, sets of another file are not its own.
    /// </summary>
    /// <param name="free">The sets that belong to no entry, newest first.</param>
    public KnownDatabase WithNamed(IReadOnlyList<BackupSet> free) =>
        Sets.Count > 0 || (Mode == DatabaseMode.Sqlite && Address is not null) ? this
        : this with { Sets = [.. free.Where(set => set.Database == Name && !set.Legacy && (Mode is null || set.Mode == Mode))] };

    /// <summary>True for evidence of this database.</summary>
    public bool Owns(RestoreDrill drill) =>
        drill.Source == Source || drill.SourceIdentity == Address || Sets.Any(set => set.SourceIdentity == drill.SourceIdentity);

    /// <summary>True for an attempt to back this database up.</summary>
    public bool Owns(HistoryEntry attempt) => attempt.Target is null ? attempt.Database == Name
        : attempt.Target == Source || Sets.Any(set => set.Source == attempt.Target)
            // A folder of runtime files may have the name of a database on a server.
            || (Entry is not null && Mode != DatabaseMode.Sqlite && attempt.Database == Name && !Path.IsPathRooted(attempt.Target));

    /// <summary>True for a restore of this database.</summary>
    public bool Owns(RestoreRecord record) => record.Target == Source
        || Sets.Any(set => set.SourceIdentity == (record.TargetIdentity ?? record.Target));

    /// <summary>The part that backups of the database hold, as postry.json says, in the words of a set; null for the whole.</summary>
    public string? NarrowedTo
    {
        get
        {
            try
            {
                return Entry is null || Mode == DatabaseMode.Sqlite ? null
                    : BackupScope.Create(new ChosenDatabase(new SqliteAddress(Name), Entry).Options(null, null, null, null), Name)
                        .Describe(largeObjects: 0).Summary;
            }
            catch (InvalidRequestException)
            {
                // No backup can be made with such patterns, so that none holds that part.
                return Entry!.Name;
            }
        }
    }
}
