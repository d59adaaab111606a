using Postry.Ops.Engine.Databases;
using Postry.Ops.Engine.Manifests;

namespace Postry.Ops.Engine.Postgres.Contents;

/// <summary>The definitions of both sides as far as they can be held against each other.</summary>
/// <param name="Backup">Those of the backup.</param>
/// <param name="Live">Those of the live database.</param>
/// <param name="Unknown">Why some cannot be compared, or null.</param>
/// <param name="NotHeld">What the backup does not hold of them.</param>
internal sealed record ComparableDefinitions(IReadOnlyList<SchemaObject> Backup, IReadOnlyList<SchemaObject> Live, Omission? Unknown, IReadOnlyList<Omission> NotHeld)
{
    // From so many definitions on, all of them in other words are other words, and no changes.
    private const int FewestInOtherWords = 3;

    /// <summary>Where the definitions cannot be compared.</summary>
    public static ComparableDefinitions None(string reason) => new([], [], Omission.NotCompared(Omission.Definitions, "the definitions (views, functions, constraints and so on)", reason), []);

    /// <summary>Of a backup of ours, whose pg_dump was the same as the one that looked at the live database.</summary>
    public static ComparableDefinitions Of(BackupManifest backup, IReadOnlyList<SchemaObject> live)
    {
        // No restore makes a subscription: one that only the backup has is no difference that a restore would make.
        var there = live.Select(Key).ToHashSet();
        var subscriptions = backup.Contents.Schema.Where(entry => SchemaScript.IsAboutSubscription(entry) && !there.Contains(Key(entry))).ToList();
        var names = subscriptions.Where(entry => entry.Type == "subscription").Select(entry => Omission.NotCompared(Omission.Definitions, $"the subscription {entry.Name}", "it is only in the backup, and no restore makes it"));
        return new ComparableDefinitions([.. backup.Contents.Schema.Except(subscriptions)], live, null, [.. names]);
    }

    /// <summary>Of a plain dump, which does not tell with which options it was written: what these leave out is not missing.</summary>
    public static ComparableDefinitions OfDump(BackupManifest backup, IReadOnlyList<SchemaObject> dump, IReadOnlyList<SchemaObject> live)
    {
        var notHeld = new List<Omission>();
        if (backup.Postgres!.Owners is []) notHeld.Add(Omission.NotCompared(Omission.Definitions, "owners and privileges", "the dump does not hold them"));
        (dump, live) = ([.. dump.Select(Plain)], [.. live.Select(Plain)]);
        foreach (var (types, words) in new[] { (new[] { "acl", "default acl" }, "privileges"), (["comment"], "comments"), (["security label"], "security labels") })
        {
            if (dump.Any(entry => types.Contains(entry.Type)) || !live.Any(entry => types.Contains(entry.Type))) continue;
            live = [.. live.Where(entry => !types.Contains(entry.Type))];
            notHeld.Add(Omission.NotCompared(Omission.Definitions, words, "the dump holds none, and does not tell whether they were left out"));
        }

        var there = live.Select(Key).ToHashSet();
        dump = [.. dump.Where(entry => !SchemaScript.IsAboutSubscription(entry) || there.Contains(Key(entry)))];
        var same = dump.Join(live, Key, Key, (held, found) => (Key: Key(held), Same: held.Sha256 == found.Sha256)).ToList();
        if (same.Count < FewestInOtherWords || same.Any(pair => pair.Same)) return new ComparableDefinitions(dump, live, null, notHeld);
        var keys = same.Select(pair => pair.Key).ToHashSet();
        // With all names in quotes, pg_dump takes the usual comment of the schema public for one of its own.
        keys.Add(("comment", "SCHEMA public"));
        return new ComparableDefinitions([.. dump.Where(entry => !keys.Contains(Key(entry)))], [.. live.Where(entry => !keys.Contains(Key(entry)))],
            Omission.NotCompared(Omission.Definitions, "how what is on both sides is defined", "the dump says it in other words (it was written with other options of pg_dump)"), notHeld);
    }

    private static (string, string) Key(SchemaObject entry) => (entry.Type, entry.Name);

    // An option of pg_dump puts every name into quotes.
    private static SchemaObject Plain(SchemaObject entry) => entry with { Name = entry.Name.Replace("\"", "", StringComparison.Ordinal) };
}
