using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Postgres.Contents;

/// <summary>The definitions of both sides, as far as they can be compared.</summary>
/// <param name="Backup">The definitions of the backup.</param>
/// <param name="Live">The definitions of the live database.</param>
/// <param name="Unknown">The reason why some cannot be compared, or null.</param>
/// <param name="NotHeld">The definitions that the backup does not hold.</param>
internal sealed record ComparableDefinitions(
    IReadOnlyList<SchemaObject> Backup, IReadOnlyList<SchemaObject> Live, Omission? Unknown, IReadOnlyList<Omission> NotHeld)
{
    // Each option of pg_dump leaves out these types (SchemaScript's names), described in these words.
    private static readonly (string[] Types, string Words)[] Optional =
        [(["acl", "default acl"], "privileges"), (["comment"], "comments"), (["security label"], "security labels")];

    /// <summary>The result if the definitions cannot be compared.</summary>
    public static ComparableDefinitions None(string reason) =>
        new([], [], Of("the definitions (views, functions, constraints and so on)", reason), []);

    /// <summary>Compares a backup of this product, whose pg_dump was the same as the one that read the live database.</summary>
    public static ComparableDefinitions Of(BackupManifest backup, IReadOnlyList<SchemaObject> live)
    {
        // No restore makes a subscription, so one that only the backup has is no difference.
        var there = live.Select(Key).ToHashSet();
        var subscriptions = backup.Contents.Schema
            .Where(entry => SchemaScript.IsAboutSubscription(entry) && !there.Contains(Key(entry))).ToList();
        var names = subscriptions.Where(entry => entry.Type == "subscription")
            .Select(entry => Of($"the subscription {entry.Name}", "it is only in the backup, and no restore makes it"));
        return new ComparableDefinitions([.. backup.Contents.Schema.Except(subscriptions)], live, null, [.. names]);
    }

    /// <summary>
    /// Compares a plain dump, which does not name the options that it was written with: objects that these leave out are not missing.
    /// </summary>
    public static ComparableDefinitions OfDump(BackupManifest backup, IReadOnlyList<SchemaObject> dump, IReadOnlyList<SchemaObject> live)
    {
        var notHeld = new List<Omission>();
        if (backup.Postgres!.Owners is []) notHeld.Add(Of("owners and privileges", "the dump does not hold them"));
        // A dump of definitions alone says nothing of large objects.
        dump = [.. dump.Where(entry => !entry.Name.StartsWith("LARGE OBJECT ", StringComparison.Ordinal))];
        foreach (var (types, words) in Optional)
        {
            if (dump.Any(entry => types.Contains(entry.Type)) || !live.Any(entry => types.Contains(entry.Type))) continue;
            live = [.. live.Where(entry => !types.Contains(entry.Type))];
            notHeld.Add(Of(words, "the dump holds none, and does not say whether they were left out"));
        }

        // If all names are quoted, pg_dump writes the usual comment of the schema public as if it were changed.
        var there = live.Select(Key).ToHashSet();
        dump =
        [
            .. dump.Where(entry => there.Contains(Key(entry))
                || !(SchemaScript.IsAboutSubscription(entry) || entry is { Type: "comment", Name: "SCHEMA public" })),
        ];
        return new ComparableDefinitions(dump, live, null, notHeld);
    }

    private static Omission Of(string name, string reason) => Omission.NotCompared(Omission.Definitions, name, reason);

    private static (string, string) Key(SchemaObject entry) => (entry.Type, entry.Name);
}
