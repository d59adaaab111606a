using System.Globalization;
using Postry.Ops.Engine.Model;

namespace Postry.Ops.Engine.Engines.Postgres.Contents;

/// <summary>Lists the properties in a description, besides rows and definitions, for a comparison.</summary>
internal static class PostgresProperties
{
    private const string NotInManifest = "an earlier version made the backup, and its manifest does not say";
    private const string MaybeSecret = "its name suggests a secret, so the backup does not contain its value";
    private const string WithoutFingerprints = "the backup was made without content fingerprints";

    /// <summary>The properties of a backup and of its database beside those of a live one.</summary>
    /// <param name="backup">The backup.</param>
    /// <param name="live">The live database, described like a backup of it.</param>
    /// <param name="unreadable">Sequences whose values the role may not read, by what messages call them.</param>
    public static (List<DatabaseProperty> Backup, List<DatabaseProperty> Live) Compare(
        PostgresDescription backup, PostgresDescription live, IReadOnlyCollection<string> unreadable)
    {
        var (held, there) = CompareContents(backup, live, unreadable);
        held.AddRange([.. Metadata(backup, live), .. Of(backup.Database)]);
        there.AddRange([.. Metadata(live, backup), .. Of(live.Database)]);
        return (held, there);
    }

    /// <summary>The properties of what is in a backup, without those of the database itself.</summary>
    /// <param name="backup">The backup.</param>
    /// <param name="live">The live database, described like a backup of it.</param>
    /// <param name="unreadable">Sequences whose values the role may not read, by what messages call them.</param>
    /// <param name="noFingerprints">The reason why a backup of this kind never has fingerprints of large objects, or null.</param>
    public static (List<DatabaseProperty> Backup, List<DatabaseProperty> Live) CompareContents(PostgresDescription backup,
        PostgresDescription live, IReadOnlyCollection<string> unreadable, string? noFingerprints = null)
    {
        var (held, there) = (Objects(backup, unreadable).ToList(), Objects(live, unreadable).ToList());
        // The comparison of definitions reports an object that only one side has.
        var both = held.Select(Key).Intersect(there.Select(Key)).ToHashSet();
        held.RemoveAll(property => !both.Contains(Key(property)));
        there.RemoveAll(property => !both.Contains(Key(property)));
        held.AddRange(LargeObjects(backup, live, noFingerprints));
        there.AddRange(LargeObjects(live, backup, noFingerprints));
        return (held, there);
    }

    private static (string, string) Key(DatabaseProperty property) => (property.Kind, property.Name);

    private static IEnumerable<DatabaseProperty> Objects(PostgresDescription description, IReadOnlyCollection<string> unreadable)
    {
        foreach (var sequence in description.Sequences)
        {
            var name = PostgresNames.Display(sequence.Schema, sequence.Name);
            if (unreadable.Contains(name)) continue;
            yield return new DatabaseProperty(PropertyKind.Sequence, name,
                $"{sequence.LastValue.ToString(CultureInfo.InvariantCulture)}{(sequence.IsCalled ? "" : " (not used yet)")}");
        }

        foreach (var name in unreadable)
            yield return new DatabaseProperty(PropertyKind.Sequence, name, null, Unknown: "no permission to read it");
        foreach (var view in description.MaterializedViews ?? [])
        {
            var name = PostgresNames.Display(view.Schema, view.Name);
            yield return new DatabaseProperty(PropertyKind.MaterializedView, name, view.Populated ? "populated" : "not populated");
        }

        // A plain dump names no versions.
        foreach (var extension in description.Extensions.Where(extension => extension.Version.Length > 0))
            yield return new DatabaseProperty(PropertyKind.Extension, extension.Name, extension.Version);
    }

    private static IEnumerable<DatabaseProperty> LargeObjects(PostgresDescription description, PostgresDescription other,
        string? noFingerprints)
    {
        if (description.LargeObjects is not { } objects || other.LargeObjects is not { } others) yield break;
        if (objects.Count + others.Count == 0) yield break;
        var size = objects.Bytes is { } bytes ? FormattableString.Invariant($", {bytes:N0} bytes") : "";
        var all = FormattableString.Invariant($"{objects.Count:N0} objects{size}");
        var contents = new DatabaseProperty(PropertyKind.LargeObjects, "contents", all);
        var isUnknown = objects.Fingerprint is null || others.Fingerprint is null;
        yield return objects.Count != others.Count ? contents : contents with
        {
            Key = objects.Fingerprint ?? "",
            Unknown = isUnknown ? noFingerprints ?? objects.Unread ?? others.Unread ?? WithoutFingerprints : null,
        };
    }

    // Definitions tell the owners of all other objects.
    private static IEnumerable<DatabaseProperty> Metadata(PostgresDescription description, PostgresDescription other) =>
        description.LargeObjects is not { Count: > 0 } objects || other.LargeObjects?.Count != objects.Count ? []
            :
            [
                new DatabaseProperty(PropertyKind.LargeObjects, "owners, privileges and comments", null,
                    description.LargeObjectMetadata, description.LargeObjectMetadata is null ? NotInManifest : null),
            ];

    private static IEnumerable<DatabaseProperty> Of(PostgresDatabaseFacts facts)
    {
        DatabaseProperty Fact(string name, string? value) => new(PropertyKind.Database, name, value);
        yield return Fact("owner", facts.Owner);
        yield return Fact("encoding", facts.Encoding);
        yield return Fact("collation", facts.Collate);
        yield return Fact("character type", facts.CType);
        yield return Fact("locale provider", facts.LocaleProvider);
        yield return Fact("locale", facts.Locale);
        yield return Fact("ICU rules", facts.IcuRules);
        yield return Fact("tablespace", facts.Tablespace);
        var limit = facts.ConnectionLimit < 0 ? "none" : facts.ConnectionLimit.ToString(CultureInfo.InvariantCulture);
        yield return Fact("connection limit", limit);
        yield return Fact("comment", facts.Comment);
        foreach (var privileges in Privileges(facts)) yield return privileges;
        foreach (var setting in facts.Settings)
        {
            var name = $"setting {setting.Name}{(setting.Role is { } role ? $" of the role {role} in it" : "")}";
            yield return SecretSettings.IsSecret(setting.Name)
                ? new DatabaseProperty(PropertyKind.Database, name, null, setting.Value, setting.Value is null ? MaybeSecret : null)
                : Fact(name, setting.Value);
        }
    }

    // The grantor of a privilege is not compared, because a restore gives all of them as the owner. Privileges that were never changed are
    // the server's defaults.
    private static IEnumerable<DatabaseProperty> Privileges(PostgresDatabaseFacts facts)
    {
        IReadOnlyList<PostgresPrivilege> usual =
        [
            .. new[] { "CONNECT", "CREATE", "TEMPORARY" }.Select(name => new PostgresPrivilege(facts.Owner, facts.Owner, name, false)),
            .. new[] { "CONNECT", "TEMPORARY" }.Select(name => new PostgresPrivilege(facts.Owner, "PUBLIC", name, false)),
        ];
        return from privilege in facts.Acl ?? usual
               group $"{privilege.Privilege}{(privilege.Grantable ? " with grant option" : "")}" by privilege.Grantee into grantee
               let names = string.Join(", ", grantee.Distinct().Order(StringComparer.Ordinal))
               select new DatabaseProperty(PropertyKind.Database, $"privileges of {grantee.Key}", names);
    }
}
