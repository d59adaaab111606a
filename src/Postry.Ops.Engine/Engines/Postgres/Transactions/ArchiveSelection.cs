using Postry.Ops.Engine.Engines.Postgres.Connections;
using Postry.Ops.Engine.Engines.Postgres.Contents;

namespace Postry.Ops.Engine.Engines.Postgres.Transactions;

/// <summary>Chooses what of an archive comes in, where some of what it holds is there already and stays.</summary>
internal static class ArchiveSelection
{
    private static readonly string[] Subscriptions = ["SUBSCRIPTION ", "COMMENT - SUBSCRIPTION ", "SECURITY LABEL - SUBSCRIPTION "];
    private static readonly string[] LargeObjects =
        ["BLOB ", "BLOBS ", "BLOB METADATA ", "COMMENT - LARGE OBJECT ", "ACL - LARGE OBJECT ", "SECURITY LABEL - LARGE OBJECT "];
    private static readonly string[] Extensions = ["EXTENSION ", "COMMENT - EXTENSION "];
    private static readonly string[] OfDatabase =
        ["DATABASE ", "COMMENT - DATABASE ", "ACL - DATABASE ", "EVENT TRIGGER ", "COMMENT - EVENT TRIGGER ",
            "SECURITY LABEL - EVENT TRIGGER ", "DEFAULT ACL - "];

    /// <summary>Entries that restore some schemas only.</summary>
    public static Func<ArchiveEntry, bool> Schemas(Existing existing) =>
        entry => !Is(entry, Subscriptions) && !Is(entry, LargeObjects) && !Is(entry, Extensions) && !Is(entry, OfDatabase)
            && !existing.Holds(entry);

    /// <summary>Entries that restore a database.</summary>
    public static Func<ArchiveEntry, bool> Database(Existing existing) => entry => !Is(entry, Subscriptions) && !existing.Holds(entry);

    /// <summary>True for a subscription, which would begin to fetch rows, and for what is said about one.</summary>
    public static bool IsSubscription(ArchiveEntry entry) => Is(entry, Subscriptions);

    /// <summary>
    /// Parts what makes and fills the tables from what is made of the rows: indexes, constraints, triggers, views with contents. Privileges
    /// come with the latter, for a role may have taken some from itself; event triggers are in neither.
    /// </summary>
    public static (IReadOnlyList<ArchiveEntry> Rows, IReadOnlyList<ArchiveEntry> Others) Part(IReadOnlyList<ArchiveEntry> entries)
    {
        var last = entries.ToList().FindLastIndex(entry => entry.IsTableData || entry.IsLargeObjectData || entry.IsSequenceValue);
        bool IsRow(ArchiveEntry entry, int at) => at <= last && !entry.IsLate;
        return ([.. entries.Where(IsRow).Where(entry => !entry.IsAboutEventTrigger)],
            [.. entries.Where((entry, at) => !IsRow(entry, at) && !entry.IsAboutEventTrigger)]);
    }

    private static bool Is(ArchiveEntry entry, string[] beginnings) =>
        beginnings.Any(beginning => entry.Text.StartsWith(beginning, StringComparison.Ordinal));
}

/// <summary>The objects that the database has already, as an archive's list would name them.</summary>
/// <param name="names">Type, schema and name, as in the list.</param>
/// <param name="tables">The tables, by their numbers in the archive.</param>
internal sealed class Existing(IReadOnlyList<string> names, IReadOnlySet<long> tables)
{
    private readonly string[] _beginnings = [.. names.Select(name => OneLine(name) + " ")];

    /// <summary>True for an entry that makes, fills or describes what is there already.</summary>
    public bool Holds(ArchiveEntry entry) => entry.IsTableData ? tables.Contains(entry.Oid)
        : _beginnings.Any(beginning => entry.Text.StartsWith(beginning, StringComparison.Ordinal));

    /// <summary>Looks at the database as it is once all that is to be replaced is out of the way.</summary>
    /// <param name="session">The session.</param>
    /// <param name="tables">Tables of the archive that belong to extensions which stay, by their numbers in the archive.</param>
    /// <param name="cancellation">Stops waiting.</param>
    public static async Task<Existing> ReadAsync(PostgresSession session, IReadOnlySet<long> tables, CancellationToken cancellation)
    {
        var found = await session.RowsAsync(
            """
            SELECT 'SCHEMA', nspname::text FROM pg_catalog.pg_namespace WHERE nspname <> 'public'
            UNION ALL SELECT 'EXTENSION', extname::text FROM pg_catalog.pg_extension
            UNION ALL SELECT 'EVENT TRIGGER', evtname::text FROM pg_catalog.pg_event_trigger
            UNION ALL SELECT 'PUBLICATION', pubname::text FROM pg_catalog.pg_publication
            UNION ALL SELECT 'SERVER', srvname::text FROM pg_catalog.pg_foreign_server
            UNION ALL SELECT 'FOREIGN SERVER', srvname::text FROM pg_catalog.pg_foreign_server
            UNION ALL SELECT 'FOREIGN DATA WRAPPER', fdwname::text FROM pg_catalog.pg_foreign_data_wrapper
            UNION ALL SELECT 'USER MAPPING', 'USER MAPPING ' || usename || ' SERVER ' || srvname FROM pg_catalog.pg_user_mappings
            UNION ALL SELECT 'PROCEDURAL LANGUAGE', lanname::text FROM pg_catalog.pg_language
            UNION ALL SELECT 'LANGUAGE', lanname::text FROM pg_catalog.pg_language
            UNION ALL SELECT 'ACCESS METHOD', amname::text FROM pg_catalog.pg_am
            UNION ALL SELECT 'CAST', 'CAST (' || pg_catalog.format_type(castsource, NULL) || ' AS ' || pg_catalog.format_type(casttarget,
              NULL) || ')' FROM pg_catalog.pg_cast
            UNION ALL SELECT 'TRANSFORM', 'TRANSFORM FOR ' || pg_catalog.format_type(trftype, NULL) || ' LANGUAGE ' || lanname
                      FROM pg_catalog.pg_transform JOIN pg_catalog.pg_language l ON l.oid = trflang
            """, cancellation);
        return new Existing([.. found.SelectMany(row => Names(row[0]!, row[1]!))], tables);
    }

    private static IEnumerable<string> Names(string type, string name)
    {
        yield return $"{type} - {name}";
        // Casts, transforms and user mappings are called by their full description.
        var described = name.StartsWith(type + " ", StringComparison.Ordinal) ? name : $"{type} {name}";
        foreach (var about in new[] { "COMMENT", "ACL", "SECURITY LABEL" }) yield return $"{about} - {described}";
    }

    // pg_restore writes names into its list in this form.
    private static string OneLine(string name) => name.Replace('\n', ' ').Replace('\r', ' ');
}
